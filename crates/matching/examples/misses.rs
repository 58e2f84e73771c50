fn main() {
    use comity_matching::name::*;
    let f = std::env::args().nth(1).unwrap();
    let s = std::env::args().nth(2).unwrap();
    let lab = std::env::args().nth(3).unwrap();
    for l in std::fs::read_to_string(f).unwrap().lines() {
        let c: Vec<&str> = l.split('\t').collect();
        if !format!("{} {} {}", c[0], c[1], c[2]).starts_with(&s) || c[5] != lab || c[6] == "none" {
            continue;
        }
        let m = matches(c[3], c[4]) || matches(c[4], c[3]);
        if m == (lab == "0") {
            println!("{} | {} | {:?} {:?}", c[3], c[4], keys(c[3]), keys(c[4]))
        }
    }
}
