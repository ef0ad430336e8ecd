//! Frames that clients send and get.

use super::*;

fn parse(frame: &Value) -> Result<ClientFrame, Fault> {
    ClientFrame::parse(&frame.to_string())
}

fn channel(name: &str) -> ChannelName {
    ChannelName::trusted(name)
}

#[test]
fn client_frames_are_parsed() {
    assert_eq!(ClientFrame::parse(PING), Ok(ClientFrame::Ping));
    assert_eq!(ClientFrame::parse(r#"{"event":"pusher:pong"}"#), Ok(ClientFrame::Pong));
    let subscription = |auth: Option<&str>| {
        let auth = auth.map(str::to_owned);
        Ok(ClientFrame::Subscribe(Subscription { channel: channel("chat"), auth, channel_data: None }))
    };
    let frame = |data: Value| json!({"event": "pusher:subscribe", "data": data});
    assert_eq!(parse(&frame(json!({"channel": "chat", "auth": ""}))), subscription(None));
    assert_eq!(
        parse(&frame(json!({"channel": "chat", "auth": "k:s", "channel_data": null}))),
        subscription(Some("k:s"))
    );
    assert_eq!(parse(&frame(json!(r#"{"channel":"chat"}"#))), subscription(None), "data in a string");
    let whisper = json!({"event": "client-typing", "channel": "private-x", "data": {"n": 1}});
    let event =
        ClientEvent { event: "client-typing".to_owned(), channel: channel("private-x"), data: r#"{"n":1}"#.to_owned() };
    assert_eq!(parse(&whisper), Ok(ClientFrame::Event(event)));
}

#[test]
fn a_fault_names_its_cause_and_repeats_no_input() {
    let long = "x".repeat(201);
    let refused = [
        json!("secret"),
        json!(["secret"]),
        json!({}),
        json!({"event": 7}),
        json!({"event": "pusher:secret"}),
        json!({"event": "pusher:subscribe"}),
        json!({"event": "pusher:subscribe", "data": {}}),
        json!({"event": "pusher:subscribe", "data": {"channel": 7}}),
        json!({"event": "pusher:subscribe", "data": {"channel": "a secret"}}),
        json!({"event": "pusher:subscribe", "data": {"channel": long}}),
        json!({"event": "pusher:subscribe", "data": "secret"}),
        json!({"event": "pusher:subscribe", "data": {"channel": "presence-x", "channel_data": {"user_id": 1}}}),
        json!({"event": "pusher:subscribe", "data": {"channel": "presence-x", "channel_data": "x".repeat(MAX_PERSON_BYTES + 1)}}),
        json!({"event": "pusher:signin", "data": {"auth": "secret"}}),
    ];
    for frame in refused {
        let fault = parse(&frame).expect_err("must be refused");
        assert_eq!(fault.code, None, "{frame}");
        assert!(!fault.message.contains("secret"), "{}", fault.message);
    }
    assert!(ClientFrame::parse("{").is_err());
}

#[test]
fn refused_client_events_have_their_own_code() {
    let long = format!("client-{}", "x".repeat(200));
    let refused = [
        json!({"event": "typing", "channel": "private-x"}),
        json!({"event": "client-x"}),
        json!({"event": "client-x", "channel": "a b"}),
        json!({"event": long, "channel": "private-x"}),
    ];
    for frame in refused {
        let fault = parse(&frame).expect_err("must be refused");
        assert_eq!(fault.code, Some(Code::ClientEvent), "{frame}");
        // Client libraries give an error to the listeners of its channel.
        let named = Some(frame["channel"].clone()).filter(|name| *name == "private-x").unwrap_or_default();
        let answer: Value = serde_json::from_str(&fault.to_frame()).expect("JSON");
        assert_eq!(answer["channel"], named, "{frame}");
    }
}

#[test]
fn a_listener_keeps_the_json_type_of_its_id() {
    let number = listener(r#"{"user_id":7,"user_info":{"id":7,"name":"Ana","x":1.0}}"#).expect("a listener");
    assert_eq!((number.user.as_str(), number.is_number), ("7", true));
    assert_eq!(number.info.as_deref(), Some(r#"{"id":7,"name":"Ana","x":1.0}"#));
    assert_eq!(number.id_json(), "7");
    let text = listener(r#"{"user_id":"7","user_info":null,"expires_at":9}"#).expect("a listener");
    assert_eq!((text.is_number, text.info.as_deref(), text.expires_at_ms), (false, None, Some(9)));
    assert_eq!(text.id_json(), r#""7""#);
    let large = format!(r#"{{"user_id":"7","user_info":"{}"}}"#, "x".repeat(4_096));
    for bad in
        ["", "{}", "[]", r#"{"user_id":""}"#, r#"{"user_id":1.5}"#, r#"{"user_id":{}}"#, r#"{"user_id":null}"#, &large]
    {
        assert!(listener(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_signed_in_user_has_an_id_and_a_bounded_watchlist() {
    let data = r#"{"id":"7","user_info":{"name":"Ana"},"watchlist":["8","9"],"expires_at":5}"#;
    let user = signed_in(data).expect("a user");
    assert_eq!((user.user.as_str(), user.watchlist.len(), user.expires_at_ms), ("7", 2, Some(5)));
    let numeric = signed_in(r#"{"id":7,"watchlist":[8,"9",1.5]}"#).expect("a user");
    assert_eq!((numeric.user.as_str(), numeric.watchlist.len()), ("7", 2), "as in presence data");
    for bad in ["", "{}", r#"{"id":7.5}"#, r#"{"id":null}"#, r#"{"id":""}"#] {
        assert_eq!(signed_in(bad).expect_err("no user").code, None, "{bad}");
    }
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let fault = signed_in(&json!({"id": "7", "watchlist": many}).to_string()).expect_err("too many");
    assert_eq!(fault.code, Some(Code::Watchlist));
}

#[test]
fn a_cache_miss_has_no_data() {
    assert_eq!(cache_miss(&channel("cache-x")), r#"{"event":"pusher:cache_miss","channel":"cache-x"}"#);
}

#[test]
fn data_is_sent_as_a_string() {
    let frame = event_frame("a\"b", &channel("chat"), r#"{"n":1}"#);
    assert_eq!(frame, r#"{"event":"a\"b","channel":"chat","data":"{\"n\":1}"}"#);
    let established: Value = serde_json::from_str(&connection_established(&SocketId::new([0; 8]), 30)).expect("JSON");
    assert_eq!(established["data"], r#"{"activity_timeout":30,"socket_id":"0.0"}"#);
}

#[test]
fn a_client_event_keeps_its_data_and_is_stamped_on_presence_channels() {
    let event = ClientEvent { event: "client-x".to_owned(), channel: channel("presence-x"), data: r#""5""#.to_owned() };
    assert_eq!(client_event_frame(&event, None), r#"{"event":"client-x","channel":"presence-x","data":"5"}"#);
    let from = listener(r#"{"user_id":7}"#).expect("a listener");
    let stamped = client_event_frame(&event, Some(&from));
    assert_eq!(stamped, r#"{"event":"client-x","channel":"presence-x","data":"5","user_id":"7"}"#);
}
