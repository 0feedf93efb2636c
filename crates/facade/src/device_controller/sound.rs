//! Microphones and speakers of the system.

use carillon_devices::DeviceError;
use carillon_devices::catalog::{DeviceChoice, DeviceId, DeviceInfo, Direction};

use super::DeviceController;
use crate::event::MeetingEvent;

/// Devices of the system. Calls that list or open them block until the sound system answers, two seconds at most: in
/// async code, make them on a thread that may block.
///
/// ```no_run
/// # async fn example(devices: &carillon_facade::DeviceController) -> Result<(), Box<dyn std::error::Error>> {
/// use carillon_facade::{DeviceChoice, Following};
///
/// let controller = devices.clone();
/// let choice = DeviceChoice::Default(Following::Follow);
/// tokio::task::spawn_blocking(move || controller.start_audio_input_device(&choice)).await??;
/// # Ok(()) }
/// ```
impl DeviceController {
    /// The microphones; from the first call on, changes are told.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) -> Result<(), carillon_facade::DeviceError> {
    /// for microphone in devices.list_audio_input_devices()? {
    ///     println!("{} ({})", microphone.label, microphone.id);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError`] when the sound system does not answer.
    pub fn list_audio_input_devices(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.desk.list(Direction::Input)
    }

    /// The speakers; from the first call on, changes are told.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) -> Result<(), carillon_facade::DeviceError> {
    /// let speakers = devices.list_audio_output_devices()?;
    /// let preferred = speakers.iter().find(|speaker| speaker.is_default);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError`] when the sound system does not answer.
    pub fn list_audio_output_devices(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.desk.list(Direction::Output)
    }

    /// Takes the own sound from this microphone; what was in use before is released once it is open.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) -> Result<(), carillon_facade::DeviceError> {
    /// use carillon_facade::{DeviceChoice, Following};
    ///
    /// devices.start_audio_input_device(&DeviceChoice::Default(Following::Follow))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError`] says what to do; the input stays as it was.
    pub fn start_audio_input_device(&self, choice: &DeviceChoice) -> Result<(), DeviceError> {
        if *choice == DeviceChoice::Silent {
            self.stop_audio_input();
            return Ok(());
        }
        let opened = self.desk.open_input(choice);
        self.side.shared.tell_step(match &opened {
            Ok(()) => MeetingEvent::AudioInputSelected,
            Err(error) => MeetingEvent::AudioInputFailed { message: error.to_string() },
        });
        opened
    }

    /// Plays the meeting through this speaker in place of the one that was chosen before; other outputs stay.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) -> Result<(), carillon_facade::DeviceError> {
    /// use carillon_facade::DeviceChoice;
    ///
    /// let speakers = devices.list_audio_output_devices()?;
    /// if let Some(headset) = speakers.into_iter().find(|speaker| speaker.label.contains("Headset")) {
    ///     devices.choose_audio_output(&DeviceChoice::Id(headset.id))?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError`] says what to do; the speaker before stays in use.
    pub fn choose_audio_output(&self, choice: &DeviceChoice) -> Result<(), DeviceError> {
        self.desk.open_output(choice)
    }

    /// The microphone in use; nothing if the own sound comes from none.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// if let Some(microphone) = devices.active_audio_input_device() {
    ///     println!("{microphone} listens");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn active_audio_input_device(&self) -> Option<DeviceId> {
        self.desk.active(Direction::Input)
    }

    /// The speaker in use; nothing if none was chosen, or it is gone.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// if devices.active_audio_output_device().is_none() {
    ///     println!("nothing is to be heard");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn active_audio_output_device(&self) -> Option<DeviceId> {
        self.desk.active(Direction::Output)
    }
}
