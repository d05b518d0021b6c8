//! The loop: signals, input, background events and the frame deadline meet here, and nothing in it waits for network, disk or a lock.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::estate::{self, Estate};
use super::open::{self, Means, Opened};
use super::operating::past::{self, Seen};
use super::questions::{Asker, Open as OpenQuestions, Question};
use super::session;
use crate::app::{self, Effect, Msg, State};
use crate::config::Config;
use crate::config::aws_profiles::Profiles;
use crate::config::theme::Theme;
use crate::domain::{Label, Operation, OperationId, Order, ResourceId, Snapshot};
use crate::engine::Clock;
use crate::terminal::signals::Early;
use crate::terminal::{Input, Pacer, Screen, Session, Signal, Signals, signals};
use crate::ui;

/// How long a shutdown may take before the terminal is given back regardless.
const GRACE: Duration = Duration::from_secs(2);
/// Messages handled before a due frame is drawn: a flood must not starve the screen.
const BATCH: usize = 256;

/// Answers from the background that may wait for the loop; each was asked for by a key.
const ANSWERS: usize = 16;

/// What the composition root hands over.
pub struct Setup {
    pub estate: Estate,
    pub config: Config,
    pub remarks: Vec<Label>,
    pub themes: session::Themes,
    pub theme: Theme,
    pub journal: std::path::PathBuf,
    pub around: estate::Surroundings,
    /// Read before the terminal was taken: the loop never waits for a disk.
    pub profiles: Profiles,
    pub zone: jiff::tz::TimeZone,
    pub clock: Clock,
}

struct Console {
    state: State,
    setup: Setup,
    theme: Theme,
    pacer: Pacer,
    started: Instant,
    opened: Option<Opened>,
    opening: Option<oneshot::Receiver<Result<Opened, Label>>>,
    asker: Asker,
    questions: OpenQuestions,
    cancel: CancellationToken,
    /// What was asked in the background comes back through here.
    told: mpsc::Sender<Msg>,
    heard: mpsc::Receiver<Msg>,
    suspend: bool,
    quit: bool,
}

/// A console with its first frame on the screen; nothing else of it is there yet.
pub struct Opening {
    console: Console,
    early: Early,
    session: Session,
    screen: Screen,
    asked: mpsc::Receiver<Question>,
}

impl Opening {
    /// Takes the terminal and draws the first frame, which waits for nothing that is not on it: no runtime, no log, no estate.
    pub fn draw(setup: Setup) -> io::Result<Self> {
        let early = Early::listen()?;
        let session = Session::take(setup.config.mouse)?;
        let mut screen = Screen::new()?;
        let (width, height) = screen.size()?;
        let (asker, asked) = Asker::channel();
        let mut console = Console::new(setup, asker, width, height);
        console.draw(&mut screen)?;
        Ok(Self { console, early, session, screen, asked })
    }

    /// Something that was found out after the first frame.
    pub fn remark(&mut self, remark: Label) {
        self.console.handle(Msg::Notice(remark));
    }

    /// Runs the console until the user leaves. The terminal is given back on every way out.
    pub async fn run(self) -> io::Result<()> {
        let Self { mut console, early, session, mut screen, mut asked } = self;
        let mut signals = Signals::listen(&early)?;
        let mut input = Input::new();
        console.open();
        let result = console.turn(&mut signals, &session, &mut screen, &mut input, &mut asked).await;
        console.cancel.cancel();
        if let Some(opened) = console.opened.take() {
            let _ = tokio::time::timeout(GRACE, opened.close()).await;
        }
        result
    }
}

/// What woke the loop.
enum Event {
    Signal(Signal),
    Input(io::Result<Option<Msg>>),
    Opened(Result<Opened, Label>),
    Snapshot(Arc<Snapshot>),
    /// Nothing will be read any more.
    EngineEnded,
    Operation(Operation),
    Question(Question),
    /// An answer to what was asked in the background.
    Heard(Msg),
    Tick,
    Frame,
}

/// What is asked of the past: how the last change is taken back, what a freeze saved, which group a redeploy left.
#[derive(Clone, Copy)]
enum Back {
    Undo,
    Thaw,
    Retire,
}

impl Console {
    fn new(setup: Setup, asker: Asker, width: u16, height: u16) -> Self {
        let state = session::first_state(&setup, width, height);
        let mut pacer = Pacer::default();
        pacer.touch();
        let (told, heard) = mpsc::channel(ANSWERS);
        Self {
            state,
            theme: setup.theme.clone(),
            setup,
            pacer,
            started: Instant::now(),
            opened: None,
            opening: None,
            asker,
            questions: OpenQuestions::default(),
            cancel: CancellationToken::new(),
            told,
            heard,
            suspend: false,
            quit: false,
        }
    }

    /// Starts opening the estate in the background; the first frame does not wait for it.
    fn open(&mut self) {
        if matches!(self.setup.estate, Estate::Choose { .. }) {
            return;
        }
        let means = Means {
            clock: self.setup.clock.clone(),
            polling: self.setup.config.polling,
            journal: self.setup.journal.clone(),
            asker: self.asker.clone(),
            cancel: self.cancel.clone(),
        };
        let (tx, rx) = oneshot::channel();
        let estate = self.setup.estate.clone();
        tokio::spawn(async move {
            // The console may have been closed meanwhile.
            let _ = tx.send(open::open(estate, means).await);
        });
        self.opening = Some(rx);
    }

    async fn turn(
        &mut self,
        signals: &mut Signals,
        session: &Session,
        screen: &mut Screen,
        input: &mut Input,
        asked: &mut mpsc::Receiver<Question>,
    ) -> io::Result<()> {
        let mut since_frame = 0;
        while !self.quit {
            let due = self.pacer.due_in(self.started.elapsed());
            if due == Some(Duration::ZERO) && since_frame > 0 || since_frame >= BATCH && due.is_some() {
                self.draw(screen)?;
                since_frame = 0;
            }
            match self.next(signals, input, asked).await {
                Event::Frame => {
                    self.draw(screen)?;
                    since_frame = 0;
                    continue;
                }
                Event::Signal(Signal::Terminate | Signal::HangUp) => return Ok(()),
                Event::Signal(Signal::Stop) => self.suspend = true,
                Event::Input(Ok(Some(msg))) => {
                    // Also when the size is what it was: a terminal that shrank and grew between two frames has lost what was on it.
                    if matches!(msg, Msg::Resize { .. }) {
                        screen.repaint()?;
                    }
                    self.handle(msg);
                }
                // The terminal is gone: nobody is there to read an error.
                Event::Input(Ok(None)) => return Ok(()),
                Event::Input(Err(e)) => return Err(e),
                Event::Opened(result) => self.opened(result),
                Event::Snapshot(snapshot) => {
                    if let Some(opened) = &mut self.opened {
                        opened.admit(snapshot.identities.values());
                    }
                    self.handle(Msg::Snapshot(snapshot));
                }
                Event::EngineEnded => {
                    return Err(io::Error::other("reading broke off, which is a fault of this program; the log says where"));
                }
                Event::Operation(operation) => self.handle(Msg::Operation(operation)),
                Event::Question(q) => {
                    let id = self.questions.add(q.reply);
                    self.handle(Msg::Question { id, title: q.title, prompt: q.prompt, secret: q.secret });
                }
                Event::Heard(msg) => self.handle(msg),
                Event::Tick => self.handle(Msg::Tick),
            }
            since_frame += 1;
            if std::mem::take(&mut self.suspend) {
                self.suspend(session, screen)?;
            }
        }
        Ok(())
    }

    async fn next(&mut self, signals: &mut Signals, input: &mut Input, asked: &mut mpsc::Receiver<Question>) -> Event {
        let now = Instant::now();
        let frame = self.pacer.due_in(self.started.elapsed()).map(|d| now + d);
        let tick = app::next_change(&self.state, self.setup.clock.now()).map(|d| now + d);
        let (snapshots, progress) = match &mut self.opened {
            Some(o) => (Some(&mut o.snapshots), o.progress.as_mut()),
            None => (None, None),
        };
        tokio::select! {
            biased;
            signal = signals.next() => Event::Signal(signal),
            msg = input.next() => Event::Input(msg),
            Some(result) = async { Some(match self.opening.as_mut() { Some(rx) => rx.await.ok(), None => std::future::pending().await }) } => {
                self.opening = None;
                Event::Opened(result.unwrap_or_else(|| Err(Label::new("opening the estate broke off"))))
            }
            Some(operation) = async { match progress { Some(rx) => rx.recv().await, None => std::future::pending().await } } => Event::Operation(operation),
            Some(question) = asked.recv() => Event::Question(question),
            Some(msg) = self.heard.recv() => Event::Heard(msg),
            snapshot = changed(snapshots) => snapshot.map_or(Event::EngineEnded, Event::Snapshot),
            () = at(frame) => Event::Frame,
            () = at(tick) => Event::Tick,
        }
    }

    fn handle(&mut self, msg: Msg) {
        let effects = app::update(&mut self.state, msg, self.setup.clock.now());
        self.pacer.touch();
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.quit = true,
            Effect::Suspend if signals::has_job_control() => self.suspend = true,
            Effect::Suspend => self.handle(Msg::Notice(Label::new("there is no shell to suspend to"))),
            Effect::Refresh => {
                if let Some(o) = &self.opened {
                    o.engine.refresh();
                } else if self.opening.is_none() {
                    self.open();
                }
            }
            Effect::Focus(focus) => {
                if let Some(o) = &self.opened {
                    o.engine.focus(focus);
                }
            }
            Effect::Operate { request, plan, given } => match self.opened.as_ref().and_then(|o| o.operating.as_ref()) {
                Some(operating) => operating.begin(request, *plan, self.state.session.guard.with(given)),
                None => self.handle(Msg::NotBegun { request, why: Label::new("nothing can be changed: the journal is not open") }),
            },
            Effect::Order { id, order } => self.order(id, order),
            Effect::LineUp { waiting } => {
                if let Some(operating) = self.opened.as_ref().and_then(|o| o.operating.as_ref()) {
                    let guard = &self.state.session.guard;
                    let waiting = waiting.into_iter().map(|w| (w.request, *w.plan, guard.with(w.given)));
                    operating.line_up(waiting.collect());
                }
            }
            Effect::Dismiss { requests, why } => {
                if let Some(operating) = self.opened.as_ref().and_then(|o| o.operating.as_ref()) {
                    operating.dismiss(&requests, &why);
                }
            }
            Effect::Undo { target } => self.look_back(target, Back::Undo),
            Effect::Thaw { target } => self.look_back(target, Back::Thaw),
            Effect::Retire { target } => self.look_back(target, Back::Retire),
            Effect::Answer { question, text } => self.questions.answer(question, text.map(|t| t.reveal().to_owned())),
            Effect::OpenEstate(choice) => self.reopen(&choice),
            Effect::Theme(name) => match self.setup.themes.load(&name) {
                Ok(theme) => self.theme = theme,
                Err(why) => self.handle(Msg::Notice(why)),
            },
        }
    }

    /// Tells an operation something; the disk and a runner may have to be waited for, elsewhere.
    fn order(&mut self, id: OperationId, order: Order) {
        let Some(operating) = self.opened.as_ref().and_then(|o| o.operating.clone()) else {
            return self.handle(Msg::Notice(Label::new(format!("nobody here can tell {id} to {}: the journal is not open", order.word()))));
        };
        let told = self.told.clone();
        tokio::spawn(async move {
            if let Err(why) = operating.order(id, order).await {
                // The console may have been closed meanwhile.
                let _ = told.send(Msg::Notice(Label::new(format!("cannot {}: {why}", order.word())))).await;
            }
        });
    }

    /// Asks the journal what it knows of the past of a thing.
    fn look_back(&mut self, target: ResourceId, what: Back) {
        let Some(journal) = self.opened.as_ref().and_then(|o| o.operating.as_ref()).map(|o| o.journal().clone()) else {
            return self.handle(Msg::Inverse { target, answer: Err(Label::new("the journal is not open")) });
        };
        let (told, live, now) = (self.told.clone(), Arc::clone(&self.state.live), self.setup.clock.now());
        tokio::spawn(async move {
            let seen = Seen { snapshot: &live, now };
            let found = match what {
                Back::Undo => past::undo(&journal, &target, seen).await,
                Back::Thaw => past::thaw(&journal, &target, seen).await,
                Back::Retire => past::retire(&journal, &target, seen).await,
            };
            // The console may have been closed meanwhile.
            let _ = told.send(Msg::Inverse { target, answer: found.map(Box::new) }).await;
        });
    }

    fn opened(&mut self, result: Result<Opened, Label>) {
        match result {
            Ok(opened) => {
                opened.engine.focus(self.state.focus_sent.clone());
                self.state.session.scopes.clone_from(&opened.scopes);
                let remark = opened.remark.clone();
                self.opened = Some(opened);
                if let Some(remark) = remark {
                    self.handle(Msg::Notice(remark));
                }
            }
            Err(reason) => {
                // What is wrong is in the settings and cannot get better by waiting: say so, and offer what else there is.
                self.setup.estate = Estate::Choose { reason };
                self.state = session::first_state(&self.setup, self.state.width, self.state.height);
                self.pacer.touch();
            }
        }
    }

    /// The first screen's choice: a fresh state on the chosen estate.
    fn reopen(&mut self, choice: &app::effect::Estate) {
        match session::chosen(choice, &self.setup) {
            Ok(estate) => {
                self.setup.estate = estate;
                self.state = session::first_state(&self.setup, self.state.width, self.state.height);
                self.open();
            }
            Err(e) => self.handle(Msg::Notice(Label::new(e.to_string()))),
        }
    }

    fn draw(&mut self, screen: &mut Screen) -> io::Result<()> {
        let (state, theme) = (&self.state, &self.theme);
        screen.draw(|frame| ui::draw(frame, state, theme))?;
        self.pacer.drawn(self.started.elapsed());
        Ok(())
    }

    fn suspend(&mut self, session: &Session, screen: &mut Screen) -> io::Result<()> {
        Session::give_back();
        signals::stop_job()?;
        session.enter()?;
        screen.repaint()?;
        let (width, height) = crossterm::terminal::size()?;
        self.handle(Msg::Resize { width, height });
        self.handle(Msg::Resumed);
        Ok(())
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(t) => sleep_until(t).await,
        None => std::future::pending().await,
    }
}

/// The newest snapshot once there is a newer one; `None` when the engine ended.
async fn changed(snapshots: Option<&mut tokio::sync::watch::Receiver<Arc<Snapshot>>>) -> Option<Arc<Snapshot>> {
    match snapshots {
        Some(rx) => {
            rx.changed().await.ok()?;
            Some(rx.borrow_and_update().clone())
        }
        None => std::future::pending().await,
    }
}
