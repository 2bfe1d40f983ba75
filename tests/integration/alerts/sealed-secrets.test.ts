import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { alertChannels } from "../../../lib/adapters/notify/open-channel.ts";
import { generateKey } from "../../../lib/adapters/vault/master-key.ts";
import { openText, sealText } from "../../../lib/adapters/vault/seal-text.ts";
import { type SealedText, writeSealedText } from "../../../lib/domain/alerts/sealed-text.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { instant } from "../../../lib/domain/time.ts";
import { openReceiver } from "./receiver.ts";

const signing = `whsec_${Buffer.from("a secret of thirty-two bytes xxx").toString("base64")}`;
const key = generateKey();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sealed-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function deliver(url: string, line: string) {
  const path = join(folder, "secret");
  // Others may read it: it tells them nothing.
  writeFileSync(path, line, { mode: 0o644 });
  return await delivered(url, path);
}

async function delivered(url: string, path: string) {
  const unseal = async (sealed: SealedText) => openText([key], sealed);
  const settings = { name: "ops", topics: undefined, quietHours: undefined, kind: "webhook", url } as const;
  const channel = await alertChannels({ env: {}, unseal }).open({ ...settings, secret: { path } });
  const content = {
    title: "a test",
    text: "a test",
    severity: "info",
    isUrgent: false,
    topics: [],
    cause: "test",
    members: [],
    isOver: false,
  } as const;
  const at = instant(Date.UTC(2026, 10, 29));
  const more = { mayHaveArrived: false, receipt: undefined, kind: "test" } as const;
  return await channel.deliver({ id: "a.1", thread: "a", content, at, ...more });
}

test.each([
  [Buffer.from(`${signing}\u200B\n`), "holds U+200B (zero width space)"],
  [Buffer.from(signing, "utf16le"), "seems to be UTF-16"],
])("a secret that is not what it seems is not sent, and said by its file", async (bytes, words) => {
  const receiver = await openReceiver();
  const path = join(folder, "own");
  writeFileSync(path, bytes, { mode: 0o600 });
  expect(await delivered(receiver.url, path)).toMatchObject({
    kind: "failed",
    why: expect.stringContaining(`${path} ${words}`) as string,
  });
  writeFileSync(path, Buffer.from(`\uFEFF${signing}\r\n`, "utf16le"));
  expect(await delivered(receiver.url, path)).toMatchObject({ kind: "sent" });
  new Webhook(signing).verify(
    receiver.received[0]?.body ?? "",
    receiver.received[0]?.headers as Record<string, string>,
  );
  await receiver.close();
});

test("a message is signed with a sealed secret, and not sent with one whose key is gone or that was changed", async () => {
  const receiver = await openReceiver();
  const line = writeSealedText(sealText(key, new Secret(signing), 0));
  expect(line).not.toContain(signing);
  expect(await deliver(receiver.url, `${line}\n`)).toMatchObject({ kind: "sent" });
  const [first] = receiver.received;
  new Webhook(signing).verify(first?.body ?? "", first?.headers as Record<string, string>);
  const other = writeSealedText(sealText(generateKey(), new Secret(signing), 0));
  for (const wrong of [other, `${line.slice(0, -6)}AAAAA=`])
    expect(await deliver(receiver.url, wrong)).toMatchObject({
      kind: "failed",
      why: expect.stringMatching(/is sealed with key [0-9a-f]{8}.*launch notify seal/) as string,
    });
  expect(receiver.received).toHaveLength(1);
  await receiver.close();
});
