//! The network of a storm: links that lose, repeat and delay, each by the same dice, and links that are cut.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::world::{World, number_of};
use crate::SeededRandom;
use crate::mesh::{Asked, Fate};

/// Links that are cut, by the numbers of asking and asked node.
pub(super) type Cuts = Arc<Mutex<BTreeSet<(usize, usize)>>>;

/// Lets bad weather begin. One in so many requests is lost.
pub(super) fn begin(world: &World, dice: SeededRandom, losses: usize) -> Cuts {
    let cuts = Cuts::default();
    let cut = Arc::clone(&cuts);
    let members: Vec<_> = world.stations.iter().map(|station| station.member.clone()).collect();
    world.mesh.weather(Box::new(move |asked: &Asked<'_>| {
        let from = members.iter().position(|member| member == asked.from).unwrap_or(usize::MAX);
        if cut.lock().unwrap().contains(&(from, number_of(asked.to))) {
            return Fate::Lost;
        }
        match dice.below(100) {
            drawn if drawn < losses => Fate::Lost,
            drawn if drawn < 2 * losses => Fate::AnswerLost,
            drawn if drawn < 2 * losses + 6 => Fate::Twice,
            drawn if drawn < 2 * losses + 12 => Fate::Held,
            _ => Fate::Arrives,
        }
    }));
    cuts
}
