//! The state machine, as a table of every act in every state.
