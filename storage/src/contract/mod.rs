//! Contract suite for implementations of [`Database`].
//!
//! Every case creates its own tenants and ids, so that cases can share a database, in this process or remote.

mod administration;
mod alert_views;
mod alerts;
mod annotations;
mod apps;
mod audits;
mod blocks;
mod cached_channels;
mod conversations;
mod counters;
mod creations;
mod drafts;
mod erasures;
mod files;
mod flush;
mod gateways;
mod idempotency;
mod imports;
mod inbox;
mod invites;
mod members;
mod messages;
mod notifications;
mod preferences;
mod presence;
mod privacy;
mod purge;
mod purged_alerts;
mod purged_messages;
mod push_devices;
mod reports;
mod revocations;
mod rooms;
mod sanctions;
mod saved_messages;
mod scheduled;
mod search;
mod shared_notifications;
mod threads;
mod tickets;
mod unread;
mod users;
mod world;

use crate::database::{BoxFuture, Database};
use std::sync::Arc;
use world::World;

/// A case of the suite.
#[derive(Clone, Copy)]
pub struct Case {
    /// `topic::sentence`; the sentence states what must hold.
    pub name: &'static str,
    run: fn(Arc<dyn Database>, &'static str) -> BoxFuture<'static, ()>,
}

impl Case {
    /// Runs the case on a database with the migrations applied. Panics if it fails.
    pub async fn run(self, db: Arc<dyn Database>) {
        (self.run)(db, self.name).await;
    }

    /// The case with this name.
    pub fn named(name: &str) -> Option<Self> {
        CASES.iter().copied().find(|case| case.name == name)
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! list_cases {
    ($($topic:ident { $($case:ident,)+ })+) => {
        /// All cases.
        pub const CASES: &[Case] = &[$($(
            Case {
                name: concat!(stringify!($topic), "::", stringify!($case)),
                run: |db, name| Box::pin(async move { $topic::$case(World::new(db, name).await).await }),
            },
        )+)+];
    };
}

/// Passes the list of cases, as `topic { case, ... } ...`, to a macro.
#[macro_export]
macro_rules! for_each_contract_case {
    ($do:ident) => {
        $do! {
            administration {
                a_secret_is_rotated_once_and_the_one_before_it_ends,
                one_webhook_is_disabled_and_keeps_the_rest_of_it,
                the_standing_of_users_is_of_their_tenant,
            }
            alert_views {
                a_view_is_read_back_with_the_entries_it_shares_with_its_alert,
                views_are_on_no_list_but_their_owners,
                views_are_purged_with_the_alert_behind_them,
            }
            alerts {
                what_a_desk_wrote_is_read_back_as_it_was,
                twice_and_in_another_order_is_the_same_as_once,
                a_timeline_may_come_before_its_alert,
                a_large_batch_is_written_in_few_statements,
                alerts_are_found_by_state_person_drill_and_time,
                lists_go_on_where_they_ended_also_within_a_millisecond,
                what_is_of_an_alert_is_paged,
                another_tenants_alerts_are_not_there,
                overdue_alerts_of_all_tenants_come_in_the_order_of_their_time,
            }
            annotations {
                reactions_are_read_back_as_each_person_sees_them,
                an_older_reaction_after_a_newer_one_changes_nothing,
                a_deleted_message_has_neither_reactions_nor_a_pin,
                pins_are_listed_newest_first,
                another_tenants_annotations_are_not_there,
            }
            apps {
                an_app_is_found_by_tenant_and_by_key,
                tenants_are_listed_up_to_a_limit,
                settings_change_single_limits,
                a_setting_that_cannot_be_used_is_named_and_has_its_default,
                settings_are_written_with_the_entry_that_tells_of_it,
                settings_that_somebody_else_changed_meanwhile_are_not_overwritten,
                encrypted_secrets_are_decrypted_with_the_right_keys_only,
            }
            audits {
                entries_are_found_by_actor_target_action_and_time,
                an_entry_is_written_once,
                an_entry_is_neither_changed_nor_replaced_nor_deleted_before_its_time,
                another_tenants_entries_are_not_seen,
            }
            blocks {
                a_block_is_made_once_and_listed_until_it_is_lifted,
                blocks_are_sought_in_one_direction_and_in_both,
                who_is_blocked_begins_no_direct_conversation,
                a_last_message_says_that_its_sender_is_blocked,
                a_person_blocks_a_limited_number_of_others,
            }
            cached_channels {
                a_channel_keeps_an_event_until_the_furthest_time_it_was_said_to,
                another_tenants_channels_keep_nothing_here,
                what_is_kept_no_longer_is_swept,
            }
            conversations {
                two_people_have_one_direct_conversation_whoever_asks,
                ids_that_look_like_a_list_are_not_mixed_up,
                nobody_talks_with_the_unknown,
                a_group_counts_everyone_once,
                a_group_with_the_unknown_is_not_made,
                facts_tell_what_place_it_is,
                a_hundred_are_looked_up_at_once,
                who_is_no_member_is_told_nothing_of_what_was_said,
                the_last_message_is_the_newest_also_when_deleted,
                metadata_is_replaced,
                another_tenants_conversations_are_not_there,
            }
            creations {
                no_more_than_the_limit_counts_within_an_hour,
                what_is_given_back_counts_no_longer,
                a_direct_conversation_counts_only_when_it_is_created,
                counts_are_swept_when_they_no_longer_matter,
            }
            drafts {
                a_place_has_one_draft_and_a_thread_has_its_own,
                a_save_that_arrives_late_changes_nothing,
                what_was_sent_does_not_come_back_as_a_draft,
                a_newer_draft_stays_when_an_older_state_is_cleared,
                drafts_are_listed_last_saved_first,
                drafts_belong_to_one_person_of_one_tenant,
                drafts_end_with_the_membership,
                drafts_are_swept_after_their_time,
            }
            erasures {
                an_erasure_begins_once_until_the_person_is_back,
                of_two_runs_one_stores_its_progress,
                rows_of_one_user_of_one_tenant_are_erased_if_they_are_old_enough,
                messages_of_a_deleted_conversation_are_blanked_page_by_page,
            }
            files {
                an_upload_is_reserved_finished_and_read_back,
                a_person_uploads_a_limited_number_of_bytes_a_day,
                only_the_uploader_claims_a_file_that_is_ready,
                members_read_a_file_while_a_message_has_it,
                a_file_that_was_just_sent_is_known_to_arrive,
                another_tenants_files_are_not_there,
                a_scan_is_taken_when_it_is_due_and_decided_once,
                messages_that_show_a_file_as_scanning_are_found,
                files_of_a_deleted_room_are_released_in_steps,
                files_of_scheduled_messages_wait_with_them,
                files_that_no_message_has_are_taken_after_a_day,
                a_flush_that_is_repeated_or_late_brings_no_use_back,
            }
            flush {
                what_is_flushed_is_read_back_as_it_was,
                twice_is_the_same_as_once,
                an_older_batch_after_a_newer_one_takes_nothing_back,
                replaced_bodies_are_kept_until_their_message_is_deleted,
                a_change_that_comes_before_its_message_is_kept,
                a_repeated_client_id_does_not_lose_the_rest,
                a_position_is_never_given_to_another_message,
                a_flush_to_no_conversation_of_the_tenant_is_an_error_and_changes_nothing,
                markers_only_move_forward_and_only_members_have_one,
                a_large_batch_is_still_all_or_nothing,
                an_entry_that_cannot_be_taken_in_is_kept_apart,
            }
            counters {
                a_counter_grows_for_its_own_tenant,
                failed_authentications_are_counted_by_app_and_reason,
            }
            gateways {
                a_gateway_is_recorded_once,
                two_peoples_channel_belongs_to_their_conversation,
                chat_belongs_to_the_general_room_unless_the_app_keeps_it_apart,
                channels_without_a_place_belong_to_themselves,
            }
            idempotency {
                a_repeat_gets_the_first_result,
                keys_belong_to_one_person_of_one_tenant,
                a_call_that_died_may_be_made_again,
                a_call_given_back_may_be_made_again,
                a_call_of_unknown_effect_may_be_made_again_at_once,
                results_are_kept_for_their_time,
            }
            imports {
                an_imported_conversation_is_there_once_it_is_opened,
                a_batch_that_another_has_overtaken_writes_nothing,
                a_pair_whose_conversation_is_being_imported_begins_no_other,
                what_is_imported_is_exported_page_by_page,
                ids_of_another_tenant_are_taken_and_its_lines_are_not_exported,
            }
            inbox {
                the_inbox_is_ordered_by_newest_activity,
                the_inbox_pages_without_gap_or_repeat,
                who_left_has_it_no_more,
            }
            invites {
                an_invite_lets_in_as_many_as_it_is_for_and_each_once,
                an_invite_ends_at_its_time_and_when_it_is_taken_back,
                an_invite_for_one_person_is_nobody_elses,
                who_is_invited_again_has_one_invite,
                a_ban_beats_an_invite_and_uses_nothing_up,
                an_invite_is_seen_by_its_hash_with_its_room,
                a_rooms_invites_are_listed_newest_first_and_are_bounded,
                another_tenants_invites_are_out_of_reach,
                invites_end_with_their_creators_authority,
                a_room_that_becomes_private_keeps_the_invites_of_its_moderators,
            }
            members {
                a_marker_has_its_newest_message_that_counts_and_the_time_of_its_last_move,
                adding_twice_counts_once_and_changes_nothing,
                removing_twice_counts_once,
                the_unknown_cannot_be_added_and_are_not_counted,
                roles_change_and_owners_are_counted,
                a_group_is_handed_to_the_moderator_or_member_of_longest_standing,
                members_are_found_by_the_beginnings_of_words,
                members_page_by_id,
                another_tenants_memberships_are_out_of_reach,
            }
            messages {
                pages_are_newest_first_from_every_anchor,
                around_is_half_and_half_and_fills_up_at_the_ends,
                a_message_is_found_by_id,
                a_deleted_body_never_comes_back,
                another_tenants_messages_are_not_there,
            }
            notifications {
                a_mention_is_written_once_for_members_who_did_not_read_it,
                a_mention_takes_the_place_of_a_reply,
                followers_of_a_thread_are_notified_of_replies,
                mutes_preferences_and_blocks_hold_notifications_back,
                a_direct_message_notifies_who_is_away,
                an_edit_changes_and_a_deletion_withdraws,
                reading_the_conversation_reads_up_to_the_marker,
                authors_who_want_it_are_notified_of_reactions,
                notifications_end_with_the_membership,
                they_are_paged_newest_first_and_read_one_by_one_or_up_to_one,
                a_backends_key_names_one_notification_of_its_kind,
                an_invite_is_listed_while_it_is_open,
                moderators_are_notified_of_a_message_that_people_report,
                preferences_are_read_back_and_belong_to_one_person_of_one_tenant,
                notifications_are_swept_after_their_time,
            }
            shared_notifications {
                one_row_notifies_every_member_who_wants_it,
                who_joins_later_or_is_removed_finds_none,
                here_is_for_members_who_are_online,
                the_conversation_or_the_member_reads_it,
                a_reader_of_the_conversation_is_notified_once,
                a_message_that_is_deleted_or_mentions_all_no_more_withdraws_it,
                a_notification_of_ones_own_takes_its_place,
                they_are_paged_and_counted_with_those_of_ones_own,
                reading_a_thread_reads_the_notifications_of_its_replies,
                an_edit_withdraws_and_adds_mentions_and_tells_of_news,
                recipients_are_read_page_by_page,
                only_the_newest_of_a_conversation_are_kept,
                shared_notifications_are_swept_after_their_time,
            }
            preferences {
                a_member_has_defaults_and_changes_single_fields,
                who_is_no_member_has_none,
                the_inbox_is_filtered_by_favorites_and_archived_ones,
                another_persons_message_unarchives,
                a_message_does_not_unarchive_while_notifications_are_muted,
                a_batch_that_is_repeated_takes_no_later_archiving_back,
                preferences_end_with_the_membership,
            }
            presence {
                a_person_in_two_places_is_one_person_until_both_end,
                nobody_stays_online_because_a_process_died,
                people_and_tenants_are_kept_apart,
                ending_leaves_no_rows_behind_and_forgets_no_time,
                people_online_page_by_id,
                people_online_are_counted_once_wherever_they_are,
                a_flush_reads_the_inboxes_of_members_as_it_leaves_them,
                members_are_reached_on_their_own_channel_with_their_unread_count,
                members_of_a_large_conversation_are_reached_too,
            }
            privacy {
                settings_change_one_by_one,
                who_hides_their_presence_is_on_no_list_as_online,
                the_places_at_which_a_person_is_online_are_found,
                markers_are_shown_to_those_who_show_theirs,
                readers_are_those_who_have_read_and_show_it,
            }
            purge {
                quarantined_entries_go_when_they_are_old,
                stale_presence_goes_and_is_remembered,
                tickets_and_results_go_oldest_first_and_so_many_at_a_time,
                invites_go_some_time_after_they_were_over,
                sanctions_go_some_time_after_they_ended,
                audits_go_by_their_tenants_own_time,
                the_schema_keeps_audits_that_are_not_due,
                a_due_log_is_settled_unless_something_happened_meanwhile,
                a_flush_makes_the_log_due,
            }
            purged_alerts {
                a_timeline_is_neither_changed_nor_replaced_nor_deleted_before_its_alert_is_over,
                an_alert_goes_with_all_that_is_of_it_in_steps,
                a_trail_goes_before_its_alert,
            }
            purged_messages {
                the_deleted_leave_tombstones_and_are_still_not_unread,
                old_messages_go_in_order_and_in_steps,
                tombstones_that_a_step_leaves_behind_count_for_nothing,
                a_conversation_may_lose_all_its_messages,
                what_was_purged_does_not_come_back_with_a_late_flush,
                apps_that_keep_messages_for_a_time_are_listed,
                no_purge_changes_what_is_unread,
            }
            push_devices {
                a_device_belongs_to_one_person_who_knows_its_secret,
                a_person_has_few_devices_and_none_after_they_are_signed_out,
                devices_expire_and_are_swept,
                a_new_notification_tells_where_it_is_pushed,
                a_report_is_not_pushed_to_who_muted_the_room_or_has_it_open,
            }
            reports {
                a_person_has_one_open_report_of_a_message,
                reports_are_listed_to_those_who_moderate_the_room,
                one_action_resolves_a_report_with_its_audit_entry,
                reports_go_by_their_tenants_retention_of_audits,
            }
            revocations {
                a_users_revocation_is_made_with_its_entry_and_moves_forward_only,
                an_app_brings_its_newest_revocations_and_those_not_handed_over,
                only_the_newest_hundred_come_with_an_app,
                one_that_is_made_again_meanwhile_is_not_marked,
                a_disabled_app_is_revoked_once_and_again_when_it_is_disabled_again,
                a_rotated_secret_is_revoked_when_the_old_one_ends,
                another_tenants_revocations_are_not_seen,
            }
            rooms {
                a_room_is_made_with_its_conversation_and_members,
                a_room_with_an_unknown_member_is_not_made_at_all,
                public_rooms_are_listed_for_all_private_ones_for_members,
                rooms_are_found_by_the_beginnings_of_words,
                rooms_that_an_earlier_version_folded_are_folded_again,
                rooms_page_newest_first,
                a_change_leaves_the_rest_as_it_is,
                who_writes_and_how_often_is_read_with_the_room_and_by_its_object,
                a_deleted_room_is_gone_with_all_that_is_in_it,
                the_general_room_is_made_once_and_stays,
                another_tenants_rooms_are_out_of_reach,
            }
            sanctions {
                a_mute_stands_with_the_membership_and_outlives_it,
                a_ban_ends_the_membership_and_keeps_out_until_it_ends,
                bans_are_listed_while_they_are_in_force,
                another_tenant_sanctions_nobody_here,
            }
            saved_messages {
                a_message_is_saved_once,
                saved_messages_are_listed_last_saved_first,
                only_what_one_may_read_is_saved_and_listed,
                a_deleted_message_vanishes_and_a_purged_one_leaves_nothing,
                saved_messages_belong_to_one_person_of_one_tenant,
            }
            scheduled {
                a_key_schedules_one_message,
                a_limited_number_of_messages_of_a_person_wait,
                the_end_of_a_message_is_written_once_and_removes_its_text,
                a_flush_settles_what_was_sent_and_tells_whose_own_channel_is_open,
                what_failed_notifies_its_author_once,
                what_failed_can_be_dismissed,
                scheduled_messages_are_listed_by_time_status_and_conversation,
                scheduled_messages_belong_to_one_person_of_one_tenant,
                what_is_due_is_read_back_as_it_was_scheduled,
                overdue_messages_of_all_tenants_are_found_until_they_are_asked_for,
                ended_messages_are_purged,
            }
            search {
                every_change_of_memberships_raises_their_revision,
                memberships_and_conversations_are_listed_in_pages,
                messages_are_read_in_order_with_the_deleted_ones_empty,
                only_what_one_may_read_now_is_readable,
            }
            tickets {
                a_ticket_works_once,
                a_ticket_ends,
                old_tickets_are_swept,
            }
            unread {
                unread_is_what_came_after_the_marker,
                the_deleted_are_not_unread,
                whoever_joins_starts_with_nothing_unread,
                ones_own_messages_are_read,
                a_marker_beyond_the_head_hides_nothing_that_comes_later,
            }
            threads {
                a_reply_in_its_thread_only_is_not_in_the_conversation,
                writing_in_a_thread_moves_its_own_marker_only,
                deleted_replies_count_nowhere,
                a_deleted_first_message_keeps_its_thread,
                following_is_the_persons_own,
                a_batch_written_again_does_not_follow_again,
                threads_are_listed_newest_reply_first,
                mentions_are_counted_where_they_are_shown,
                members_are_found_by_the_names_in_a_text,
                system_messages_are_shown_but_not_counted,
                a_newer_revision_moves_a_marker_back,
                quotes_lose_a_deleted_text,
            }
            users {
                a_person_is_recorded_once_and_refreshed_when_something_changes,
                an_unknown_tenant_has_no_people,
                search_finds_beginnings_of_words_without_case_and_accents,
                every_word_of_a_search_is_sought_in_any_order,
                another_name_is_found_and_the_old_one_no_longer,
                names_that_an_earlier_version_folded_are_folded_again,
                search_takes_every_character_literally,
                search_pages_through_equal_names,
                several_are_named_at_once,
                a_hundred_are_looked_up_at_once,
                another_tenants_people_are_not_seen,
            }
        }
    };
}

for_each_contract_case!(list_cases);
