//! Cameras of the system.

use carillon_devices::camera::{CameraCatalog, CameraChoice, CameraInfo, VideoQuality};
use carillon_devices::{Camera, DeviceError, DeviceId};

use super::DeviceController;
use crate::camera::VideoInput;
use crate::event::MeetingEvent;
use crate::shared::lock;

/// Cameras of the system, on Linux. Opening one blocks until it has started, for a second with some: in async code, do
/// it on a thread that may block.
impl DeviceController {
    /// The cameras; from the first call on, changes are told.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// for camera in devices.list_video_input_devices() {
    ///     println!("{} ({})", camera.label, camera.id);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn list_video_input_devices(&self) -> Vec<CameraInfo> {
        self.camera_desk.watch();
        CameraCatalog::new().list()
    }

    /// Asks this of cameras that are started from now on; the video policy may send less.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// use carillon_facade::{VideoQuality, frame::VideoSize};
    ///
    /// let size = VideoSize::new(1_280, 720);
    /// devices.choose_video_input_quality(VideoQuality { size, framerate: 30 });
    /// # }
    /// ```
    pub fn choose_video_input_quality(&self, quality: VideoQuality) {
        *lock(&self.camera_desk.quality) = quality;
    }

    /// What is asked of cameras: 960 x 540 and 15 pictures a second unless it was chosen.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// println!("{}", devices.video_input_quality_settings().size);
    /// # }
    /// ```
    #[must_use]
    pub fn video_input_quality_settings(&self) -> VideoQuality {
        *lock(&self.camera_desk.quality)
    }

    /// Takes the own pictures from this camera: at once if the video runs, otherwise when it is started.
    ///
    /// What was in use before is released once it is open, but for the same camera, which is started anew.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) -> Result<(), carillon_facade::DeviceError> {
    /// use carillon_facade::CameraChoice;
    ///
    /// devices.start_video_input_device(&CameraChoice::First)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError`] says what to do; the input stays as it was, unless it was the same camera.
    pub fn start_video_input_device(&self, choice: &CameraChoice) -> Result<(), DeviceError> {
        let capture = &self.side.shared.capture;
        let before = match choice {
            CameraChoice::First => CameraCatalog::new().list().into_iter().next().map(|it| it.id),
            CameraChoice::Id(id) => Some(id.clone()),
        };
        let was_the_same = before.is_some_and(|id| capture.release(&id));
        let opened = Camera::open(choice, self.video_input_quality_settings());
        let camera = match opened {
            Ok(camera) => camera,
            Err(error) => {
                if was_the_same {
                    self.stop_video_input();
                }
                let message = error.to_string();
                self.side.shared.tell_step(MeetingEvent::VideoInputFailed { message });
                return Err(error);
            }
        };
        capture.set(camera.device().clone(), camera.monitor());
        self.camera_desk.watch();
        let started = self.take_video_input(VideoInput::Pictures(Box::new(camera)));
        started.map_err(|error| DeviceError::Other { detail: error.to_string() })
    }

    /// The camera in use; nothing if the own pictures come from none.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// if let Some(camera) = devices.active_video_input_device() {
    ///     println!("{camera} looks");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn active_video_input_device(&self) -> Option<DeviceId> {
        self.side.shared.capture.active()
    }
}
