//! Opening of a socket.

use super::client::Attachment;
use super::{Object, listing};
use crate::platform::log_failure;
use crate::quota_reporter;
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::frame::connection_established;
use campana_core::pusher::link::Attach;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use campana_runtime::sockets::Socket;
use std::rc::Rc;

impl Object {
    /// Opens a socket. A refusal is sent on the socket, which then closes. 503 if the gateway is full: the caller tries
    /// another one.
    pub(super) async fn attach(self: &Rc<Self>, attach: Attach, socket: Rc<dyn Socket>) -> Result<(), Problem> {
        let capacity = usize::try_from(attach.app_config.pusher.sockets_per_gateway).unwrap_or(usize::MAX);
        let check_room = || {
            let is_full = self.clients.borrow_mut().is_full(capacity, self.context.now());
            if is_full { Err(Problem::unavailable("the gateway is full")) } else { Ok(()) }
        };
        check_room()?;
        let prepared = self.prepare(&attach).await;
        // Nothing is awaited after this.
        check_room()?;
        match prepared.and_then(|()| self.accept(&*socket)) {
            Ok(socket_id) => {
                let (now, settings) = (self.context.now(), &attach.app_config.pusher);
                let attachment = Attachment::new(socket_id.clone(), now, attach.address, settings);
                let client = self.clients.borrow_mut().add(socket, attachment, (self.bursts(), settings), now);
                client.persist();
                client.send(&connection_established(&socket_id, attach.app_config.pusher.activity_timeout_s));
                self.arm_for_client(&client);
                quota_reporter::opened(self, client.id, None);
            }
            Err(problem) => {
                log_failure("gateway.attach", attach.request_id.as_deref(), &problem);
                let code = if problem.kind == Kind::TooManySockets { Code::OverQuota } else { Code::OverCapacity };
                socket.refuse(&error_frame(Some(code), None, code.message()), code.number(), code.message());
            }
        }
        Ok(())
    }

    /// Stores the gateway's name and settings, and lists it in the record.
    async fn prepare(&self, attach: &Attach) -> Result<(), Problem> {
        self.remember(&attach.app_config, &attach.gateway)?;
        listing::list(self).await
    }

    fn accept(self: &Rc<Self>, socket: &dyn Socket) -> Result<SocketId, Problem> {
        quota_reporter::admit(self, None)?;
        let socket_id = SocketId::new(self.context.random()?);
        self.context.host().accept(socket)?;
        Ok(socket_id)
    }
}
