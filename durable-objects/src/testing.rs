//! Objects in the simulated world of [`campana_runtime::testing`].

use campana_runtime::Context;
use campana_runtime::testing::{Object, instance};
use std::rc::Rc;

/// Starts an instance of a [`Conversation`](crate::Conversation). Its paths are those of the object's routes, without
/// the leading slash.
pub fn conversation(context: Context) -> Rc<dyn Object> {
    instance::<crate::conversation::Object>(context)
}
