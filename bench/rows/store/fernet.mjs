import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { packageFolder } from "../../harness/peers.mjs";
import { built } from "../../harness/places.mjs";
import { run } from "../../harness/processes.mjs";

const python = `
import json, sys, time
from cryptography.fernet import Fernet
key, token, count = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
fernet = Fernet(key)
for _ in range(count // 10): fernet.decrypt(token)
at = time.perf_counter()
for _ in range(count): fernet.decrypt(token)
print((time.perf_counter() - at) / count * 1e6)`;
const floor = "Python cryptography";

/** Opening one sealed credential, as each start does. */
export const fernet = {
  name: "fernet",
  title: "Opening a Fernet token",
  rounds: 7,
  limits: "AES and HMAC of OpenSSL in both; what differs is the way in and out of it.",
  figures: { open: { unit: "µs", floor } },
  targets: [{ figure: "open", way: "Slipway", ratio: 1.5 }],
  async open({ size, peers }) {
    const { fernetKey, openTokenWithAny, sealToken } = await built("lib/adapters/vault/fernet.js");
    const bytes = randomBytes(32);
    const plaintext = Buffer.from(JSON.stringify({ user: "customer-0815", pass: "Pa55word-0815" }));
    const token = sealToken(fernetKey(bytes), { plaintext, sealedAtSeconds: 1_780_000_000n });
    const count = size === "smoke" ? 100 : 20_000;
    const keys = [fernetKey(bytes)];
    const ways = { Slipway: () => openMany(count, () => openTokenWithAny(keys, token)) };
    const words = ["-c", python, encoded(bytes), token, String(count)];
    if (peers.has("cryptography"))
      ways[floor] = async () => ({ open: Number(await run("/usr/bin/python3", words)) });
    if (peers.has("fernet")) {
      const { Secret, Token } = createRequire(import.meta.url)(packageFolder("fernet"));
      const secret = new Secret(encoded(bytes));
      ways["fernet of npm"] = () =>
        openMany(Math.ceil(count / 20), () => new Token({ secret, token, ttl: 0 }).decode());
    }
    return ways;
  },
};

function openMany(count, open) {
  for (let done = 0; done < count / 10; done += 1) open();
  const startedAt = performance.now();
  for (let done = 0; done < count; done += 1) open();
  return { open: ((performance.now() - startedAt) / count) * 1_000 };
}

function encoded(bytes) {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
