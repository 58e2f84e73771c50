//! Random stories: what happens in a community, with records that one reader never sees among those that it may see.

use comity_app::stix::Tlp;

/// Numbers that follow from a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (SplitMix64).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Why the reader never sees a record: each is held by a guard or by the state, whatever the local rules say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Excluded,
    Red,
    Unmarked,
    Embargo,
    Draft,
    Group,
    Purpose,
    /// Another member brought it, and it may not be forwarded.
    Foreign,
}

const WAYS: [Way; 8] = [
    Way::Excluded,
    Way::Red,
    Way::Unmarked,
    Way::Embargo,
    Way::Draft,
    Way::Group,
    Way::Purpose,
    Way::Foreign,
];

/// A record to be published.
#[derive(Clone, Debug)]
pub struct Paper {
    pub number: usize,
    /// Why the reader never sees it; none when it may.
    pub hidden: Option<Way>,
    pub level: Tlp,
    pub north: bool,
    pub excluded: bool,
    pub embargo_steps: Option<i64>,
    pub draft: bool,
    pub part: Option<Tlp>,
    /// Numbers of the records that it names.
    pub names: Vec<usize>,
    /// The record of which it is another version.
    pub version_of: Option<usize>,
    pub word: &'static str,
}

/// One step of a story. Records are named by their numbers.
#[derive(Clone, Debug)]
pub enum Step {
    Publish(Paper),
    PublishDraft(usize),
    Withdraw(usize),
    Narrow(usize),
    Widen(usize),
    Quarantine(usize),
    Erase(usize),
    Group {
        member: usize,
    },
    Standing {
        member: usize,
        standing: usize,
    },
    Active {
        member: usize,
    },
    Policy(usize),
    Advance(i64),
    OtherReads,
    /// The reader brings a record that names another.
    ReaderPosts {
        number: usize,
        names: usize,
        how: usize,
    },
    ReaderAsks,
}

/// A community and what happens in it.
#[derive(Clone, Debug)]
pub struct Story {
    pub seed: u64,
    /// Which purpose and legal basis the reader's key carries.
    pub context: usize,
    pub policy: usize,
    pub standings: [usize; 3],
    pub north: [bool; 3],
    pub steps: Vec<Step>,
}

pub const WORDS: [&str; 4] = ["harbour", "quarry", "lantern", "bridge"];

impl Story {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let standings = [dice.pick(&[0, 0, 0, 1, 2]), dice.below(3), dice.below(3)];
        let north = [dice.chance(50), dice.chance(50), dice.chance(50)];
        let (context, policy) = (dice.below(3), dice.below(5));
        let mut story = Self { seed, context, policy, standings, north, steps: Vec::new() };
        let mut papers: Vec<Paper> = Vec::new();
        let mut posted = 1_000;
        for _ in 0..10 + dice.below(6) {
            let step = story.step(&mut dice, &mut papers, &mut posted);
            story.steps.push(step);
        }
        story.steps.push(Step::ReaderAsks);
        story
    }

    fn step(&self, dice: &mut Dice, papers: &mut Vec<Paper>, posted: &mut usize) -> Step {
        let any = |dice: &mut Dice, papers: &[Paper]| dice.below(papers.len());
        if papers.len() < 2 || dice.chance(45) {
            let paper = self.paper(dice, papers);
            papers.push(paper.clone());
            return Step::Publish(paper);
        }
        match dice.below(20) {
            0..4 => Step::Withdraw(any(dice, papers)),
            4 | 5 => Step::Narrow(any(dice, papers)),
            6 => Step::Widen(any(dice, papers)),
            7 => Step::Quarantine(any(dice, papers)),
            8 | 9 => Step::Erase(any(dice, papers)),
            10 => Step::Group { member: dice.below(3) },
            11 => Step::Standing { member: dice.below(3), standing: dice.below(3) },
            12 => Step::Active { member: dice.below(3) },
            13 => Step::Policy(dice.below(5)),
            14 => Step::Advance(dice.pick(&[1, 100, 250])),
            15 => Step::OtherReads,
            16 => Step::PublishDraft(any(dice, papers)),
            17 | 18 => {
                *posted += 1;
                Step::ReaderPosts { number: *posted, names: any(dice, papers), how: dice.below(3) }
            }
            _ => Step::ReaderAsks,
        }
    }

    fn paper(&self, dice: &mut Dice, papers: &[Paper]) -> Paper {
        let number = papers.len();
        let hidden = dice.chance(50).then(|| dice.pick(&WAYS));
        let open: Vec<usize> =
            papers.iter().filter(|one| one.hidden.is_none()).map(|one| one.number).collect();
        let version_of = match hidden {
            Some(Way::Foreign) => None,
            _ if !open.is_empty() && dice.chance(50) => Some(dice.pick(&open)),
            _ => None,
        };
        let names = (0..dice.below(3)).filter(|_| !papers.is_empty()).map(|_| dice.below(number)).collect();
        Paper {
            number,
            hidden,
            level: dice.pick(&[Tlp::Clear, Tlp::Green, Tlp::Green, Tlp::Amber, Tlp::AmberStrict]),
            north: dice.chance(20),
            excluded: dice.chance(15),
            embargo_steps: dice.chance(15).then(|| 1 + dice.next() as i64 % 3).map(i64::abs),
            draft: dice.chance(15),
            part: dice.chance(25).then(|| dice.pick(&[Tlp::Amber, Tlp::Red])),
            names,
            version_of,
            word: dice.pick(&WORDS),
        }
    }
}
