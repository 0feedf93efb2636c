//! The closed sets of words in which transcription is configured.

use crate::word::words;

words! {
    /// A language that an engine is told to expect.
    LanguageCode {
        /// English of the United States.
        EnUs = "en-US",
        /// English of Great Britain.
        EnGb = "en-GB",
        /// Spanish of the United States.
        EsUs = "es-US",
        /// French of Canada.
        FrCa = "fr-CA",
        /// French of France.
        FrFr = "fr-FR",
        /// English of Australia.
        EnAu = "en-AU",
        /// Italian.
        ItIt = "it-IT",
        /// German.
        DeDe = "de-DE",
        /// Portuguese of Brazil.
        PtBr = "pt-BR",
        /// Japanese.
        JaJp = "ja-JP",
        /// Korean.
        KoKr = "ko-KR",
        /// Chinese, simplified.
        ZhCn = "zh-CN",
        /// Thai.
        ThTh = "th-TH",
        /// Hindi.
        HiIn = "hi-IN",
    }
}

words! {
    /// What becomes of the words of a filter.
    VocabularyFilterMethod {
        /// They are left out.
        Remove = "remove",
        /// They are shown as asterisks.
        Mask = "mask",
        /// They are marked.
        Tag = "tag",
    }
}

words! {
    /// How seldom partial results change, at the cost of accuracy.
    PartialResultsStability {
        /// Often.
        Low = "low",
        /// Less often.
        Medium = "medium",
        /// Seldom.
        High = "high",
    }
}

words! {
    /// Where the engine of the original service runs.
    TranscribeRegion {
        /// Ohio.
        UsEast2 = "us-east-2",
        /// Virginia.
        UsEast1 = "us-east-1",
        /// Oregon.
        UsWest2 = "us-west-2",
        /// Seoul.
        ApNortheast2 = "ap-northeast-2",
        /// Sydney.
        ApSoutheast2 = "ap-southeast-2",
        /// Tokyo.
        ApNortheast1 = "ap-northeast-1",
        /// Canada.
        CaCentral1 = "ca-central-1",
        /// Frankfurt.
        EuCentral1 = "eu-central-1",
        /// Ireland.
        EuWest1 = "eu-west-1",
        /// London.
        EuWest2 = "eu-west-2",
        /// São Paulo.
        SaEast1 = "sa-east-1",
        /// The nearest one.
        Auto = "auto",
        /// The US government's.
        UsGovWest1 = "us-gov-west-1",
    }
}

words! {
    /// Where the medical engine of the original service runs.
    TranscribeMedicalRegion {
        /// Virginia.
        UsEast1 = "us-east-1",
        /// Ohio.
        UsEast2 = "us-east-2",
        /// Oregon.
        UsWest2 = "us-west-2",
        /// Sydney.
        ApSoutheast2 = "ap-southeast-2",
        /// Canada.
        CaCentral1 = "ca-central-1",
        /// Ireland.
        EuWest1 = "eu-west-1",
        /// The nearest one.
        Auto = "auto",
    }
}

words! {
    /// What is to be marked in, or left out of, a transcript.
    PersonalContent {
        /// Information that identifies a person.
        Pii = "PII",
    }
}

words! {
    /// What is to be marked in a medical transcript.
    HealthContent {
        /// Protected health information.
        Phi = "PHI",
    }
}

words! {
    /// The language of the medical engine.
    MedicalLanguageCode {
        /// English of the United States.
        EnUs = "en-US",
    }
}

words! {
    /// The field of medicine.
    MedicalSpecialty {
        /// General practice.
        PrimaryCare = "PRIMARYCARE",
        /// The heart.
        Cardiology = "CARDIOLOGY",
        /// The nerves.
        Neurology = "NEUROLOGY",
        /// Tumours.
        Oncology = "ONCOLOGY",
        /// Imaging.
        Radiology = "RADIOLOGY",
        /// The urinary system.
        Urology = "UROLOGY",
    }
}

words! {
    /// Who speaks to the medical engine.
    MedicalType {
        /// Several people with each other.
        Conversation = "CONVERSATION",
        /// One person, to be written down.
        Dictation = "DICTATION",
    }
}
