//! Who is given what: the whole service on one screen.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{Router, middleware};
use carillon_control::{ControlConfig, ControlPlane, PlacementConfig, StoreLocation};
use carillon_control_api::{
    AccessKey, ApiConfig, ApiState, Clock, Credentials, Secret, SignatureRules,
};
use carillon_media_server::{BoundMedia, MediaServer, MediaServerConfig, MeetingEvents};
use carillon_types::{AccountId, Caller, MediaRegion};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::net::TcpListener;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    admission::ControlAdmission,
    clock,
    config::{Access, KeyConfig, ServerConfig},
    demo::{self, Door},
    error::StartError,
    follow,
    health::{self, Health},
    http::{self, HttpLimits},
    live_meetings::MediaMeetings,
    notify::Notifier,
    page,
    presence::PresenceReport,
    readiness::{Readiness, refuse_new_meetings},
    ready::Ready,
    tls::{self, Identity},
};

/// How long clients have to hear that the server goes away, once its meetings have ended or the drain is over.
const FAREWELL: Duration = Duration::from_secs(3);

/// The region under which the demo page's meetings are listed.
const DEV_REGION: &str = "us-east-1";

/// How often a draining server looks whether everybody has left.
const DRAIN_BEAT: Duration = Duration::from_millis(200);

/// The running service; dropped without [`stop`](Self::stop), it ends without a word to its clients.
#[derive(Debug)]
pub struct Server {
    ready: Ready,
    control: ControlPlane,
    media: Arc<MediaServer>,
    presence: Arc<PresenceReport>,
    readiness: Readiness,
    notifier: Arc<Notifier>,
    tasks: TaskTracker,
    running: DropGuard,
    drain: Duration,
}

impl Server {
    /// Starts the service; when this returns, it answers.
    ///
    /// # Errors
    /// When an address, the store or the configuration is no good.
    pub async fn start(config: ServerConfig) -> Result<Self, StartError> {
        let refused = |source| StartError::Listen { address: config.listen, source };
        let listener = http::listen(config.listen).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let identity = config.tls.clone().map(Identity::load).transpose()?;
        let scheme = if identity.is_some() { "https" } else { "http" };
        let url = config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"));
        let (control, presence, media) = open_planes(&config, &url).await?;
        let readiness = Readiness::new(Arc::clone(&media));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let notifier = Arc::new(Notifier::start(&config.events, &control, &stop, &tasks)?);
        let health = Health {
            control: control.clone(),
            media: Arc::clone(&media),
            presence: Arc::clone(&presence),
            readiness: readiness.clone(),
            notifier: Arc::clone(&notifier),
        };
        let router = routes(&config, &control, &media)?
            .layer(middleware::from_fn_with_state(readiness.clone(), refuse_new_meetings))
            .merge(health::routes(health));
        let ready = Ready {
            ready: true,
            api: url.clone(),
            media: media.addresses().to_vec(),
            page: format!("{url}/"),
            dev_key: match &config.access {
                Access::Dev => Some((KeyConfig::dev().access_key, KeyConfig::dev().secret_key.0)),
                Access::Keys(_) => None,
            },
        };
        let server = Self {
            ready,
            control,
            media,
            presence,
            readiness,
            notifier,
            tasks,
            running: stop.clone().drop_guard(),
            drain: config.drain,
        };
        server.spawn_tasks(listener, identity, router, &stop);
        Ok(server)
    }

    /// Where the service is to be found.
    #[must_use]
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Takes note that whoever reads standard output knows where the service is to be found: events may follow there.
    pub fn announced(&self) {
        self.notifier.announced();
    }

    /// Stops in three steps.
    ///
    /// It stops accepting: no new meetings, while running ones may still be joined.
    /// It drains: it waits until everybody has left, or for as long as the configuration says.
    /// It ends what is left: clients are told to come back elsewhere, and what does not end in time is reported and
    /// left behind; so are events, which are kept for the next start.
    pub async fn stop(self) {
        self.drain().await;
        self.media.stop(FAREWELL).await;
        self.notifier.finish(FAREWELL).await;
        drop(self.running);
        self.control.close().await;
        self.tasks.close();
        if tokio::time::timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "tasks outlive the service");
        }
    }

    async fn drain(&self) {
        self.readiness.drain();
        tracing::info!(connected = self.presence.connected(), "stopping: no new meetings");
        if tokio::time::timeout(self.drain, self.everybody_left()).await.is_err() {
            tracing::warn!(connected = self.presence.connected(), "the drain is over");
        }
    }

    async fn everybody_left(&self) {
        let mut beat = tokio::time::interval(DRAIN_BEAT);
        while self.presence.connected() > 0 {
            beat.tick().await;
        }
    }

    fn spawn_tasks(
        &self,
        listener: TcpListener,
        identity: Option<Arc<Identity>>,
        router: Router,
        stop: &CancellationToken,
    ) {
        let events = self.control.subscribe(follow::WAITING_EVENTS);
        let (media, tasks) = (Arc::clone(&self.media), self.tasks.clone());
        tasks.spawn(follow::follow_decisions(events, media, stop.clone()));
        tasks.spawn(follow::expire_meetings(self.control.clone(), stop.clone()));
        let limits = HttpLimits::DEFAULT;
        let tls = identity.as_ref().map(Identity::acceptor);
        if let Some(identity) = identity {
            tasks.spawn(tls::follow_files(identity, stop.clone()));
        }
        self.tasks.spawn(http::serve(listener, tls, router, limits, stop.clone(), tasks));
    }
}

type Planes = (ControlPlane, Arc<PresenceReport>, Arc<MediaServer>);

async fn open_planes(config: &ServerConfig, url: &str) -> Result<Planes, StartError> {
    // The control plane tells where media is served, so the ports come first; nothing is received before it can be told.
    let media = BoundMedia::bind(&MediaServerConfig {
        media: config.media,
        workers: config.media_workers,
        advertise: config.advertise.clone(),
        max_shares: config.max_shares,
        transcription: config.transcription.clone(),
    })?;
    let placement =
        PlacementConfig::new(url, audio_host(config, &media))?.with_regions(media_regions(config)?);
    let store = match &config.data {
        Some(folder) => StoreLocation::File(prepare(folder)?),
        None => StoreLocation::Temporary,
    };
    let chance = StdRng::from_os_rng();
    let mut rules = ControlConfig::new(store, placement);
    rules.transcription = config.transcription.is_some();
    (rules.quotas, rules.lifetime) = (config.quotas, config.lifetimes);
    rules.key_life = config.token_key_life;
    rules.events = config.events.rules()?;
    rules.boot = clock::boot();
    let control = ControlPlane::open(rules, clock::now(), chance)
        .await
        .map_err(|error| StartError::Store(Box::new(error)))?;
    let presence = Arc::new(PresenceReport::new(control.clone()));
    let events: Arc<dyn MeetingEvents> = Arc::<PresenceReport>::clone(&presence);
    let media = Arc::new(media.start(&events)?);
    Ok((control, presence, media))
}

fn media_regions(config: &ServerConfig) -> Result<Vec<MediaRegion>, StartError> {
    let region = |name: &String| name.parse().map_err(|_| StartError::MediaRegion(name.clone()));
    config.media_regions.iter().map(region).collect()
}

/// Where clients find media, as meetings name it; current clients dial none of it and go by the signaling's answers.
fn audio_host(config: &ServerConfig, media: &BoundMedia) -> String {
    let bound = media.addresses().first().copied().unwrap_or(config.media);
    let ip = config.advertise.first().copied().unwrap_or(bound.ip());
    SocketAddr::new(ip, bound.port()).to_string()
}

/// Makes the folder for state and names the file in it.
fn prepare(folder: &Path) -> Result<std::path::PathBuf, StartError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| StartError::DataFolder { path: folder.to_owned(), source })?;
    Ok(folder.join("carillon.db"))
}

fn routes(
    config: &ServerConfig,
    control: &ControlPlane,
    media: &Arc<MediaServer>,
) -> Result<Router, StartError> {
    let api = ApiConfig {
        credentials: credentials(&config.access)?,
        live: Arc::new(MediaMeetings(Arc::clone(media))),
        rules: SignatureRules::default(),
        clock: Clock::system(),
        seed: StdRng::from_os_rng().random(),
    };
    let api = match config.throttle {
        Some(rate) => ApiState::throttled(control.clone(), api, rate),
        None => ApiState::new(control.clone(), api),
    };
    let admission = Arc::new(ControlAdmission(control.clone()));
    let router = carillon_control_api::router(api).merge(media.router(admission));
    Ok(match &config.access {
        Access::Dev => {
            let caller = dev_caller()?;
            let door = Door { control: control.clone(), caller, now: clock::now };
            router.merge(page::routes()).merge(demo::routes(door))
        }
        Access::Keys(_) => router,
    })
}

fn credentials(access: &Access) -> Result<Credentials, StartError> {
    access.keys().into_iter().map(credential).collect()
}

fn credential(key: KeyConfig) -> Result<(String, AccessKey), StartError> {
    let account = account(&key.account)?;
    let secret = Secret::new(key.secret_key.0);
    Ok((key.access_key, AccessKey { secret, account, session: None }))
}

fn account(text: &str) -> Result<AccountId, StartError> {
    text.parse().map_err(|_| StartError::Account(text.to_owned()))
}

/// To whom the demo page's meetings belong: whoever holds the development key.
fn dev_caller() -> Result<Caller, StartError> {
    let account = account(&KeyConfig::dev().account)?;
    let region = DEV_REGION.parse().expect("a well-formed region");
    Ok(Caller { account, region })
}
