//! Conversion of texts to JavaScript strings.
//!
//! The platform's `TextDecoder` copies ASCII and UTF-16, but converts non-ASCII UTF-8 with ICU, which took an eighth of
//! the engine's time under a load of such messages. Non-ASCII texts are therefore passed as UTF-16.

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/js/strings.js")]
extern "C" {
    #[wasm_bindgen(js_name = fromUtf16)]
    fn from_utf16(units: &[u16]) -> JsString;
}

/// Converts a text to a JavaScript string.
pub(crate) fn js_string(text: &str) -> JsString {
    if text.is_ascii() {
        return JsString::from(text);
    }
    from_utf16(&text.encode_utf16().collect::<Vec<u16>>())
}
