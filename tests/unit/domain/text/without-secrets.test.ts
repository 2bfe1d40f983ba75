import { expect, test } from "vitest";
import { withoutSecrets } from "../../../../lib/domain/text/without-secrets.ts";

const key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";

test.each([
  ["418 Client Error for url: https://api.binance.com/api/v3/account?timestamp=1&signature=0a1b", "0a1b"],
  ["cannot open wss://ws.kite.trade?api_key=abcd&access_token=wxyz12", "wxyz12"],
  ["proxy http://run:s3cret@127.0.0.1:9000 answered 403", "s3cret"],
  [`{'X-MBX-APIKEY': '${key}', 'code': -2015}`, key],
  ["headers: authorization: token abcd:wxyz12", "wxyz12"],
  ["Authorization: Bearer abc.def", "abc.def"],
  ['{"apiSecret": "hunter2", "code": -2015}', "hunter2"],
  ["password=hunter2 refused", "hunter2"],
  ['{"passphrase": "correct horse hunter2", "code": 1}', "hunter2"],
  ["{'password': 'p@ss,word hunter2'}", "hunter2"],
  ['{"msg":"{\\"apiSecret\\":\\"hunter2\\",\\"x\\":1}"}', "hunter2"],
  [String.raw`{\\\"apiKey\\\":\\\"hunter2\\\"}`, "hunter2"],
  ["pwd: hunter2", "hunter2"],
  ["proxy_pass='hunter2'", "hunter2"],
  ["http://run:a@hunter2@127.0.0.1:9000 answered 403", "hunter2"],
  ["cannot run bot.py --api-key hunter2 --secret 'a hunter2' --once", "hunter2"],
  [`signed with ${key} and refused`, key],
  ["\u001b]0;title\u0007 code\u001b[31m 403", "\u001b"],
])("%j shows no secret", (text, secret) => {
  expect(withoutSecrets(text)).not.toContain(secret);
});

test.each([
  "binance GET https://api.binance.com/api/v3/time 418 I'm a teapot",
  '{"code":-1003,"msg":"Way too many requests; IP(203.0.113.7) banned until 1659146400000."}',
  "2026-11-29 18:00:00,123 - freqtrade.exchange.common - WARNING - DDosProtection: 429 Too Many Requests",
  '{"label":"IP_FORBIDDEN","message":"request IP not in whitelist: 203.0.113.9"}',
  "bot.py --api-key --once",
  "error code: 1015, ray 8f1d2c3b4a5e6f70",
])("%j stays as it is", (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

test("a line of any shape is read at once", () => {
  for (const part of ["a1", "/?", "://", "key=", "=", "key: token "]) {
    const line = part.repeat(4_096);
    expect(withoutSecrets(line).length).toBeLessThanOrEqual(line.length + 4_096);
  }
});
