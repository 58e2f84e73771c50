//! What binds the people who read a record: one place makes the sentences, and every view shows the same ones. A node
//! enforces who gets a record and for which purpose; what is done with it afterwards it can only say.

use comity_model::{Flag, Handling, HandlingCode, Pap, Permitted};

/// What a reader may and must do with a record besides keeping to its level, a sentence each.
pub fn of(handling: &Handling) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(code) = handling.code {
        lines.push(format!("handling code {}: {}", code.name(), code_text(code)));
    }
    if let Some(pap) = handling.pap {
        lines.push(pap_text(pap).to_owned());
    }
    if let Some(permitted) = handling.permitted() {
        let note = match permitted {
            Permitted::None => " (look at it, and no more)",
            Permitted::Contact => " (ask its originator before anything is done with it)",
            _ => "",
        };
        lines.push(format!("permitted actions: {}{note}", permitted.name()));
    }
    for (flag, text) in [
        (Flag::OriginatorControl, "its originator is to be asked before every use"),
        (Flag::AnonymousSource, "its source is not to be named, and nobody is to try to find it out"),
    ] {
        if handling.flags.contains(&flag) {
            lines.push(text.to_owned());
        }
    }
    let Some(iep) = &handling.iep else { return lines };
    let told = [
        ("to tell those whom it affects", iep.affected_party_notifications),
        ("to name its provider when it is passed on", iep.attribution),
        ("to sell it unchanged", iep.unmodified_resale),
        ("to encrypt it on its way", iep.encrypt_in_transit),
    ];
    for (what, duty) in told {
        if let Some(duty) = duty {
            lines.push(format!("{what}: {}", duty.name()));
        }
    }
    lines.extend(iep.external_references.iter().map(|address| format!("its terms stand at {address}")));
    lines
}

fn code_text(code: HandlingCode) -> &'static str {
    match code {
        HandlingCode::H0 => "for preventing and combating crime within the agreement",
        HandlingCode::H1 => "not to be disclosed in court without its originator's permission",
        HandlingCode::H2 => {
            "not to be passed on, nor disclosed in court, without its originator's permission"
        }
        HandlingCode::H3 => "its originator states other restrictions; ask before it is used",
    }
}

fn pap_text(pap: Pap) -> &'static str {
    match pap {
        Pap::Clear => "PAP:CLEAR: no limit to what is done with it",
        Pap::Green => "PAP:GREEN: active steps are allowed",
        Pap::Amber => "PAP:AMBER: passive checks only, nothing that the other side could notice directly",
        Pap::Red => "PAP:RED: only what stays inside and cannot be noticed",
    }
}
