import { expect, test } from "bun:test";
import { deviceWords } from "../../views/people/words.ts";

const chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0";

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36 Edg/156.0`, "Edge on Windows"],
  [`Mozilla/5.0 (Linux; Android 16; Pixel 9) ${chrome} Mobile Safari/537.36`, "Chrome on Android"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari on iOS"],
  ["Mozilla/5.0 (compatible; something)", "Mozilla/5.0 (compatible; something)"],
  ["curl/8.14.1", "curl/8.14.1"],
  ["Chrome/1 on Linux, so it says", "Chrome/1 on Linux, so it says"],
  ["", "Unknown device"],
])("a device that calls itself %j is shown as %j", (device, words) => {
  expect(deviceWords(device)).toBe(words);
});
