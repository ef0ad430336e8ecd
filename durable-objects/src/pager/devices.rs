//! Devices with a push subscription, which are paged.

use super::queries::{devices, jobs, paged};
use super::{Object, Outcome};
use crate::sql::{Row, int, text};
use campana_core::accounts::principal::Principal;
use campana_core::alerts::pager::{Device, PushSubscription};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;

/// Devices of one user at most: one more replaces the one renewed the longest ago.
const MAX_PER_PERSON: i64 = 20;
/// Devices of a tenant at most.
const MAX_DEVICES: i64 = 5_000;
/// Expired devices deleted by one step.
const DROP_AT_ONCE: i64 = 500;
/// A day, milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Object {
    /// Subscribes a device for `days`, or renews its subscription.
    pub(super) fn subscribe(
        &self,
        who: &Principal,
        days: u32,
        subscription: &PushSubscription,
        group: String,
        now: Timestamp,
    ) -> Outcome<Device> {
        self.check_if_guard(who)?;
        self.drop_expired_devices(now)?;
        let known = self.device(&subscription.endpoint)?;
        let own = known.as_ref().filter(|device| device.user_id == who.user_id);
        if own.is_none() {
            if known.is_some() {
                self.check_same_device(subscription)?;
                // Jobs for the previous user are not for this one.
                self.remove_device(&subscription.endpoint)?;
            }
            self.make_room(&who.user_id)?;
        }
        let device = Device {
            endpoint: subscription.endpoint.clone(),
            user_id: who.user_id.clone(),
            group,
            created_at: own.map_or(now, |device| device.created_at),
            expires_at: now.plus_millis(i64::from(days).saturating_mul(DAY_MS)),
        };
        let params = vec![
            text(&device.endpoint),
            text(device.user_id.as_str()),
            text(&device.group),
            text(&subscription.keys.p256dh),
            text(&subscription.keys.auth),
            int(device.created_at.millis()),
            int(device.expires_at.millis()),
        ];
        self.sql.run(devices::SAVE, params)?;
        Ok(device)
    }

    /// Another user may take over a device that they use now: only its browser knows the secret of the subscription.
    /// Otherwise, anyone who learned an endpoint could end its pages.
    fn check_same_device(&self, subscription: &PushSubscription) -> Outcome<()> {
        let secret = self.sql.find(devices::SECRET, [text(&subscription.endpoint)], |row| row.string(0))?;
        if secret.is_none_or(|secret| secret == subscription.keys.auth) {
            return Ok(());
        }
        Err(Problem::new(Kind::Conflict, "this endpoint is another user's device"))
    }

    /// Refuses a forgotten user whose token was not issued after that.
    fn check_if_guard(&self, who: &Principal) -> Outcome<()> {
        let user = text(who.user_id.as_str());
        let forgotten_at = self.sql.find(devices::FORGOTTEN, [user.clone()], |row| row.int(0))?;
        let Some(forgotten_at) = forgotten_at else { return Ok(()) };
        if who.issued_at_ms.is_some_and(|made_at| made_at > forgotten_at) {
            return self.sql.run(devices::REMEMBER, vec![user]);
        }
        Err(Problem::new(Kind::Forbidden, "the permission was withdrawn after this token was made"))
    }

    fn make_room(&self, user: &UserId) -> Outcome<()> {
        let devices = self.devices_of(user)?;
        let most = usize::try_from(MAX_PER_PERSON).unwrap_or(usize::MAX);
        if let Some(oldest) = devices.first().filter(|_| devices.len() >= most) {
            return self.remove_device(&oldest.endpoint);
        }
        let count = self.sql.find(devices::COUNT, [int(MAX_DEVICES)], |row| row.int(0))?;
        if count.is_some_and(|count| count >= MAX_DEVICES) {
            return Err(Problem::new(Kind::Conflict, format!("{MAX_DEVICES} devices are paged already")));
        }
        Ok(())
    }

    fn device(&self, endpoint: &str) -> Outcome<Option<Device>> {
        self.sql.find(devices::GET, [text(endpoint)], device)
    }

    /// A user's devices, the one renewed the longest ago first.
    pub(super) fn devices_of(&self, user: &UserId) -> Outcome<Vec<Device>> {
        if !self.tables.exist() {
            return Ok(Vec::new());
        }
        self.sql.list(devices::OF_USER, [text(user.as_str()), int(MAX_PER_PERSON)], device)
    }

    /// Removes the user's own device.
    pub(super) fn unsubscribe(&self, who: &Principal, endpoint: &str) -> Outcome<()> {
        if !self.tables.exist() {
            return Ok(());
        }
        match self.device(endpoint)?.filter(|device| device.user_id == who.user_id) {
            Some(device) => self.remove_device(&device.endpoint),
            None => Ok(()),
        }
    }

    /// Removes the devices that a user subscribed up to a time, and refuses tokens issued up to then. A user has at most
    /// [`MAX_PER_PERSON`] devices.
    pub(super) fn forget_person(&self, user: &UserId, before: Timestamp) -> Outcome<()> {
        self.sql.run(devices::FORGET, vec![text(user.as_str()), int(before.millis())])?;
        for device in self.devices_of(user)?.iter().filter(|device| device.created_at <= before) {
            self.remove_device(&device.endpoint)?;
        }
        Ok(())
    }

    /// Removes a device with its jobs.
    pub(super) fn remove_device(&self, endpoint: &str) -> Outcome<()> {
        let endpoint = text(endpoint);
        self.sql.run(jobs::REMOVE_OF_DEVICE, vec![endpoint.clone()])?;
        self.sql.run(paged::REMOVE_OF_DEVICE, vec![endpoint.clone()])?;
        self.sql.run(devices::REMOVE, vec![endpoint])
    }

    pub(super) fn drop_expired_devices(&self, now: Timestamp) -> Outcome<()> {
        let expired = self.sql.list(devices::EXPIRED, [int(now.millis()), int(DROP_AT_ONCE)], |row| row.string(0))?;
        expired.iter().try_for_each(|endpoint| self.remove_device(endpoint))
    }
}

fn device(row: &Row) -> Option<Device> {
    let time = |at: usize| row.time(at);
    Some(Device {
        endpoint: row.string(0)?,
        user_id: UserId::trusted(row.text(1)?),
        group: row.string(2)?,
        created_at: time(3)?,
        expires_at: time(4)?,
    })
}
