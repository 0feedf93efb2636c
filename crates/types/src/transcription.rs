//! How the speech of a meeting is to be turned into text.

mod turn;
mod words;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    constraint::{Checked, Checker, Constraint},
    object,
    text::{LanguageModelName, LanguageOptions, PiiEntityTypes, VocabularyName, VocabularyNames},
};

pub use turn::TranscriptionTurn;
pub use words::{
    HealthContent, LanguageCode, MedicalLanguageCode, MedicalSpecialty, MedicalType,
    PartialResultsStability, PersonalContent, TranscribeMedicalRegion, TranscribeRegion,
    VocabularyFilterMethod,
};

macro_rules! settings {
    ($(#[$doc:meta])* $name:ident, $body:ident {
        $($(#[$member_doc:meta])* $member:ident, $key:literal: $value:ty as $raw:ty,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $name {
            $($(#[$member_doc])*
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $member: Option<$value>,)+
        }

        #[doc = concat!("`", stringify!($name), "` as a caller sends it.")]
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $body {
            $($(#[$member_doc])* pub $member: Option<$raw>,)+
        }

        impl $name {
            fn members(checker: &mut Checker, path: &str, raw: $body) -> Self {
                Self { $($member: checker.optional((path, $key), raw.$member),)+ }
            }
        }
    };
}

settings! {
    /// What the general engine is told.
    EngineTranscribeSettings, EngineTranscribeSettingsBody {
        /// The language that is spoken.
        language_code, "languageCode": LanguageCode as String,
        /// What becomes of the words of a filter.
        vocabulary_filter_method, "vocabularyFilterMethod": VocabularyFilterMethod as String,
        /// The filter, where the language is given.
        vocabulary_filter_name, "vocabularyFilterName": VocabularyName as String,
        /// The vocabulary, where the language is given.
        vocabulary_name, "vocabularyName": VocabularyName as String,
        /// Where the engine runs.
        region, "region": TranscribeRegion as String,
        /// Whether partial results are to change seldom.
        enable_partial_results_stabilization, "enablePartialResultsStabilization": bool as bool,
        /// How seldom.
        partial_results_stability, "partialResultsStability": PartialResultsStability as String,
        /// What is to be marked.
        content_identification_type, "contentIdentificationType": PersonalContent as String,
        /// What is to be left out.
        content_redaction_type, "contentRedactionType": PersonalContent as String,
        /// The kinds of it, separated by commas.
        pii_entity_types, "piiEntityTypes": PiiEntityTypes as String,
        /// A language model of the caller's own.
        language_model_name, "languageModelName": LanguageModelName as String,
        /// Whether the engine is to find out which language is spoken.
        identify_language, "identifyLanguage": bool as bool,
        /// The languages among which it is, separated by commas.
        language_options, "languageOptions": LanguageOptions as String,
        /// The likeliest of them.
        preferred_language, "preferredLanguage": LanguageCode as String,
        /// The vocabularies, where the language is to be found out.
        vocabulary_names, "vocabularyNames": VocabularyNames as String,
        /// The filters, where the language is to be found out.
        vocabulary_filter_names, "vocabularyFilterNames": VocabularyNames as String,
    }
}

impl EngineTranscribeSettings {
    /// Names what does not go together; each is found before an engine is asked.
    fn contradictions(&self) -> Vec<(&'static str, Constraint)> {
        let identifies = self.identify_language == Some(true);
        let marks = self.content_identification_type.is_some();
        let redacts = self.content_redaction_type.is_some();
        let rule = |broken: bool, member, constraint| broken.then_some((member, constraint));
        let needs = |given: bool, member, other| rule(given, member, Constraint::Needs(other));
        let excludes =
            |given: bool, member, other| rule(given, member, Constraint::Excludes(other));
        let (for_one, for_several) = ("languageCode", "identifyLanguage");
        [
            rule(
                !identifies && self.language_code.is_none(),
                for_one,
                Constraint::OneIsNeeded("languageCode or identifyLanguage"),
            ),
            excludes(identifies && self.language_code.is_some(), for_one, for_several),
            needs(self.language_options.is_some() && !identifies, "languageOptions", for_several),
            needs(
                self.preferred_language.is_some()
                    && !(identifies && self.language_options.is_some()),
                "preferredLanguage",
                "identifyLanguage and languageOptions",
            ),
            excludes(marks && redacts, "contentIdentificationType", "contentRedactionType"),
            needs(
                self.pii_entity_types.is_some() && !marks && !redacts,
                "piiEntityTypes",
                "contentIdentificationType or contentRedactionType",
            ),
            excludes(
                identifies && self.language_model_name.is_some(),
                "languageModelName",
                for_several,
            ),
            excludes(identifies && redacts, "contentRedactionType", for_several),
            excludes(identifies && self.vocabulary_name.is_some(), "vocabularyName", for_several),
            excludes(
                identifies && self.vocabulary_filter_name.is_some(),
                "vocabularyFilterName",
                for_several,
            ),
            needs(!identifies && self.vocabulary_names.is_some(), "vocabularyNames", for_several),
            needs(
                !identifies && self.vocabulary_filter_names.is_some(),
                "vocabularyFilterNames",
                for_several,
            ),
            rule(
                self.language_options
                    .as_ref()
                    .is_some_and(|options| !are_options(options.as_str())),
                "languageOptions",
                Constraint::Pattern("two or more language codes, one of each language"),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Says whether a list names at least two known languages, and each in one dialect only.
fn are_options(list: &str) -> bool {
    let codes: Option<Vec<LanguageCode>> = list.split(',').map(|code| code.parse().ok()).collect();
    codes.is_some_and(|codes| {
        let languages: BTreeSet<_> =
            codes.iter().filter_map(|code| code.as_str().split('-').next()).collect();
        codes.len() >= 2 && languages.len() == codes.len()
    })
}

impl Checked for EngineTranscribeSettings {
    type Raw = EngineTranscribeSettingsBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let settings = checker.group(|checker| Some(Self::members(checker, path, raw)))?;
        for (member, constraint) in settings.contradictions() {
            checker.refuse(&format!("{path}.{member}"), constraint);
        }
        Some(settings)
    }
}

settings! {
    /// What the medical engine is told; the first three are always there.
    EngineTranscribeMedicalSettings, EngineTranscribeMedicalSettingsBody {
        /// The language that is spoken.
        language_code, "languageCode": MedicalLanguageCode as String,
        /// The field of medicine.
        specialty, "specialty": MedicalSpecialty as String,
        /// Who speaks.
        r#type, "type": MedicalType as String,
        /// The vocabulary.
        vocabulary_name, "vocabularyName": VocabularyName as String,
        /// Where the engine runs.
        region, "region": TranscribeMedicalRegion as String,
        /// What is to be marked.
        content_identification_type, "contentIdentificationType": HealthContent as String,
    }
}

impl Checked for EngineTranscribeMedicalSettings {
    type Raw = EngineTranscribeMedicalSettingsBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        let present = [
            ("languageCode", raw.language_code.is_some()),
            ("specialty", raw.specialty.is_some()),
            ("type", raw.r#type.is_some()),
        ];
        for (member, _) in present.into_iter().filter(|(_, present)| !present) {
            checker.refuse(&format!("{path}.{member}"), Constraint::NotNull);
        }
        Some(Self::members(checker, path, raw))
    }
}

/// Which engine transcribes a meeting, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TranscriptionConfiguration {
    /// The general engine.
    #[serde(rename = "EngineTranscribeSettings")]
    General(EngineTranscribeSettings),
    /// The medical engine.
    #[serde(rename = "EngineTranscribeMedicalSettings")]
    Medical(EngineTranscribeMedicalSettings),
}

/// `TranscriptionConfiguration` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TranscriptionConfigurationBody {
    /// The general engine.
    #[serde(deserialize_with = "object::optional")]
    pub engine_transcribe_settings: Option<EngineTranscribeSettingsBody>,
    /// The medical engine.
    #[serde(deserialize_with = "object::optional")]
    pub engine_transcribe_medical_settings: Option<EngineTranscribeMedicalSettingsBody>,
}

impl TranscriptionConfiguration {
    /// Returns the text with which the configuration travels.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "texts and switches always encode")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and switches always encode")
    }

    /// Returns the region the engine was asked to run in.
    #[must_use]
    pub fn region(&self) -> Option<&'static str> {
        match self {
            Self::General(settings) => settings.region.map(TranscribeRegion::as_str),
            Self::Medical(settings) => settings.region.map(TranscribeMedicalRegion::as_str),
        }
    }
}

impl Checked for TranscriptionConfiguration {
    type Raw = TranscriptionConfigurationBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        const ENGINES: &str = "engineTranscribeSettings or engineTranscribeMedicalSettings";
        match (raw.engine_transcribe_settings, raw.engine_transcribe_medical_settings) {
            (Some(general), None) => checker
                .required((path, "engineTranscribeSettings"), Some(general))
                .map(Self::General),
            (None, Some(medical)) => checker
                .required((path, "engineTranscribeMedicalSettings"), Some(medical))
                .map(Self::Medical),
            (_, _) => {
                checker.refuse(path, Constraint::OneIsNeeded(ENGINES));
                None
            }
        }
    }
}
