//! Push services of ours: they write down what they were sent, and answer what the test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const PATIENCE: Duration = Duration::from_secs(20);

/// One call of the service.
#[derive(Debug)]
pub struct Heard {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at: Instant,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().expect("text")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// What it answers next.
#[derive(Clone, Debug)]
pub enum Answer {
    Says(u16, &'static str),
    /// Try again after so many seconds.
    After(u16, u64),
    /// Nothing, ever.
    Silence,
}

pub struct Receiver {
    pub url: String,
    heard: UnboundedReceiver<Heard>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

#[derive(Clone)]
struct Notes {
    heard: UnboundedSender<Heard>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

impl Receiver {
    pub async fn start() -> Receiver {
        let (sender, heard) = unbounded_channel();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let notes = Notes { heard: sender, answers: answers.clone() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(note).with_state(notes);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Receiver { url, heard, answers }
    }

    /// The answers to the next calls; to later ones it says 201.
    pub fn answers(&self, answers: &[Answer]) {
        self.answers.lock().expect("nobody panicked").extend(answers.iter().cloned());
    }

    pub async fn hears(&mut self) -> Heard {
        tokio::time::timeout(PATIENCE, self.heard.recv()).await.expect("a push comes").expect("it still listens")
    }

    /// Nothing more has come by now.
    pub fn heard_nothing(&mut self) {
        let more = self.heard.try_recv();
        assert!(more.is_err(), "{more:?}");
    }
}

async fn note(State(notes): State<Notes>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let answer = |status: u16, text: &'static str| Response::builder().status(status).body(Body::from(text));
    let path = uri.path().to_owned();
    // Where Firebase's tokens are had; whoever asks is written down as well.
    let next = if path == "/token" {
        Some(Answer::Says(200, r#"{"access_token":"a-token","expires_in":3600}"#))
    } else {
        notes.answers.lock().expect("nobody panicked").pop_front()
    };
    // The test may be over.
    let _ = notes.heard.send(Heard { path, headers, body, at: Instant::now() });
    match next {
        None => answer(201, ""),
        Some(Answer::Says(status, text)) => answer(status, text),
        Some(Answer::After(status, seconds)) => {
            Response::builder().status(status).header("retry-after", seconds).body(Body::empty())
        }
        Some(Answer::Silence) => std::future::pending().await,
    }
    .expect("an answer")
}
