//! Long texts as JavaScript's strings.
//!
//! The platform decodes UTF-8 beyond ASCII with a converter that costs more than sending the text to ten sockets. UTF-16 it
//! copies.

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/js/strings.js")]
extern "C" {
    #[wasm_bindgen(js_name = fromUtf16)]
    fn from_utf16(units: &[u16]) -> JsString;
}

/// The same text for JavaScript.
pub(crate) fn js_string(text: &str) -> JsString {
    if text.is_ascii() {
        return JsString::from(text);
    }
    from_utf16(&text.encode_utf16().collect::<Vec<u16>>())
}
