//! A server that handles a socket's frames one after the other.

use super::{CHANNELS_PER_SOCKET, CONVERSATION, PRESENCE, Sender};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Key of the answers to sign-ins.
const SIGN_IN: &str = "";

/// A frame of a client.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Subscribe(&'static str, How),
    Unsubscribe(&'static str),
    Event(&'static str, u64),
    SignIn(&'static str),
    ForgedSignIn,
    Ping,
    Garbage,
}

/// How a subscription is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// For the socket's user.
    Named,
    /// For nobody.
    Unnamed,
    /// With a wrong signature.
    Forged,
    /// For a user who is not a member of the conversation.
    Stranger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Succeeded,
    Failed,
    Existing,
    SomebodyElse,
}

/// State of a socket after its frames.
#[derive(Default)]
pub(super) struct Model {
    pub(super) active: BTreeSet<String>,
    pub(super) user: Option<String>,
    pub(super) is_closed: bool,
    /// Client events that the targets got.
    pub(super) published: Vec<(&'static str, u64)>,
    /// The user as whom it is a member of the presence channel.
    pub(super) member: Option<String>,
}

impl Model {
    /// Handles the steps, and compares the answers. `None` if the gateway had to close the socket because of faults.
    pub(super) fn replay(sender: &Sender<'_>, is_faulty: bool, what: &str) -> Option<Self> {
        let (mut said, mut rejections) = said(&sender.frames);
        let mut model = Self::default();
        let mut expected_rejections = BTreeMap::new();
        let is_closed = sender.client.closed().is_some();
        if is_faulty && sender.client.closed() != Some(Code::Unauthorized.number()) && is_closed {
            return None;
        }
        for (at, step) in sender.steps.iter().enumerate() {
            if model.is_closed {
                break;
            }
            let (key, expected) = match step {
                Step::Subscribe(channel, how) => (*channel, model.subscribe(channel, *how)),
                Step::SignIn(user) => {
                    let is_somebody_else = model.user.as_ref().is_some_and(|it| it != user);
                    (SIGN_IN, if is_somebody_else { Said::SomebodyElse } else { Said::Succeeded })
                }
                Step::Unsubscribe(channel) => {
                    if !channel.starts_with('#') {
                        model.leave(channel);
                    }
                    continue;
                }
                Step::Event(channel, number) => {
                    match model.rejection(channel) {
                        Some(why) => count(&mut expected_rejections, why),
                        None => model.published.push((channel, *number)),
                    }
                    continue;
                }
                Step::ForgedSignIn => {
                    model.is_closed = true;
                    continue;
                }
                Step::Ping | Step::Garbage => continue,
            };
            let answer = said.get_mut(key).and_then(VecDeque::pop_front);
            let is_fault = is_faulty && (expected, answer) == (Said::Succeeded, Some(Said::Failed));
            assert!(
                answer == Some(expected) || is_fault,
                "{answer:?} rather than {expected:?} to {step:?} ({at}), {what}"
            );
            if answer == Some(Said::Succeeded) {
                model.succeeded(step, sender.user);
            }
        }
        assert!(said.values().all(VecDeque::is_empty), "more answers than frames: {said:?}, {what}");
        if is_faulty {
            rejections.retain(|why, _| !why.contains("did not answer"));
        }
        assert_eq!(rejections, expected_rejections, "{what}");
        Some(model)
    }

    fn subscribe(&self, channel: &str, how: How) -> Said {
        let (name, is_active) = (ChannelName::trusted(channel), self.active.contains(channel));
        if name.is_inner() {
            return if is_active { Said::Succeeded } else { Said::Failed };
        }
        if is_active {
            return Said::Existing;
        }
        let others = self.active.iter().filter(|name| !name.starts_with('#')).count();
        let is_nobody = name.is_presence() && how == How::Unnamed && self.user.is_none();
        let is_forged = name.needs_signature() && how == How::Forged;
        let is_stranger = channel == CONVERSATION && how == How::Stranger;
        if is_nobody || is_forged || is_stranger || others >= CHANNELS_PER_SOCKET {
            Said::Failed
        } else {
            Said::Succeeded
        }
    }

    fn succeeded(&mut self, step: &Step, own: &str) {
        match step {
            Step::Subscribe(channel, how) => {
                self.active.insert((*channel).to_owned());
                if *channel == PRESENCE {
                    self.member = match how {
                        How::Named => Some(own.to_owned()),
                        How::Stranger => Some("eve".to_owned()),
                        How::Unnamed => self.user.clone(),
                        How::Forged => None,
                    };
                }
            }
            Step::SignIn(user) => {
                self.user = Some((*user).to_owned());
                self.active.insert(format!("#server-to-user-{user}"));
            }
            _ => {}
        }
    }

    fn leave(&mut self, channel: &str) {
        self.active.remove(channel);
        if channel == PRESENCE {
            self.member = None;
        }
    }

    fn rejection(&self, channel: &str) -> Option<&'static str> {
        if !ChannelName::trusted(channel).takes_client_events() {
            return Some("only private and presence channels take them");
        }
        (!self.active.contains(channel)).then_some("the socket does not listen to the channel")
    }
}

fn count(counts: &mut BTreeMap<String, u32>, what: &str) {
    let count = counts.entry(what.to_owned()).or_default();
    *count = count.saturating_add(1);
}

/// Answers by channel, and how often events were rejected for each reason.
fn said(frames: &[Value]) -> (BTreeMap<String, VecDeque<Said>>, BTreeMap<String, u32>) {
    const EXISTING: &str = "Existing subscription to channel ";
    const REJECTED: &str = "Client event rejected: ";
    let mut said: BTreeMap<String, VecDeque<Said>> = BTreeMap::new();
    let mut rejections = BTreeMap::new();
    for frame in frames {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (event, channel, message) =
            (text(&frame["event"]), text(&frame["channel"]), text(&frame["data"]["message"]));
        let mut answer = |key: &str, answer| said.entry(key.to_owned()).or_default().push_back(answer);
        match event.as_str() {
            "pusher_internal:subscription_succeeded" => answer(&channel, Said::Succeeded),
            "pusher:subscription_error" => answer(&channel, Said::Failed),
            "pusher:signin_success" => answer(SIGN_IN, Said::Succeeded),
            "pusher:error" if message.starts_with(EXISTING) => {
                answer(message.strip_prefix(EXISTING).unwrap_or_default(), Said::Existing);
            }
            "pusher:error" if message.contains("somebody else") => answer(SIGN_IN, Said::SomebodyElse),
            "pusher:error" if message.starts_with("Signing in is not") => answer(SIGN_IN, Said::Failed),
            "pusher:error" if message.starts_with(REJECTED) => {
                count(&mut rejections, message.strip_prefix(REJECTED).unwrap_or_default());
            }
            _ => assert!(!message.contains("Too many"), "the test keeps to the rates"),
        }
    }
    (said, rejections)
}
