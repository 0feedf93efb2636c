//! The control plane through its public API.

#[cfg(test)]
mod admission;
#[cfg(test)]
mod events;
#[cfg(test)]
mod lifetimes;
#[cfg(test)]
mod lock;
#[cfg(test)]
mod model;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod replicas;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod tags;
#[cfg(test)]
mod transcription;
