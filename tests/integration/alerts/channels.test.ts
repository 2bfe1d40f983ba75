import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { alertChannels } from "../../../lib/adapters/notify/open-channel.ts";
import type { ChannelPlace, PingSettings } from "../../../lib/domain/alerts/notify-settings.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Delivered, Delivery } from "../../../lib/ports/alerts/alert-channel.ts";
import { openReceiver } from "./receiver.ts";

const folder = mkdtempSync(join(tmpdir(), "alerts-"));
const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: "bypass" }));
afterEach(() => server.resetHandlers());
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const host = { env: { PATH: process.env["PATH"] ?? "" }, unseal: () => Promise.resolve(undefined) };
let files = 0;
function secret(text: string, mode = 0o600) {
  const path = join(folder, `secret-${++files}`);
  writeFileSync(path, text, { mode });
  return { path };
}

const delivery: Delivery = {
  id: "a1b2.ops.1",
  thread: "a1b2",
  kind: "news",
  at: instant(Date.UTC(2026, 10, 29)),
  mayHaveArrived: false,
  receipt: undefined,
  content: {
    title: "alice has no exit & does <not> run",
    text: "alice has no exit & does <not> run.\nType: launch why alice",
    severity: "error",
    isUrgent: true,
    topics: ["no_exit"],
    cause: "vendor:acme",
    members: [{ name: "alice", state: "hit", text: "has no exit" }],
    isOver: false,
  },
};

async function deliver(place: ChannelPlace, change: Partial<Delivery> = {}): Promise<Delivered> {
  const all = { name: "ops", topics: undefined, quietHours: undefined };
  const channel = await alertChannels(host).open({ ...all, ...place });
  return await channel.deliver({ ...delivery, ...change });
}

describe("a webhook", () => {
  const signing = `whsec_${Buffer.from("a secret of thirty-two bytes xxx").toString("base64")}`;

  test("gets JSON that Standard Webhooks' own library accepts, with the message's key as its id", async () => {
    const receiver = await openReceiver();
    const place = { kind: "webhook", url: `${receiver.url}/alerts`, secret: secret(signing) } as const;
    expect(await deliver(place)).toMatchObject({ kind: "sent" });
    await deliver(place);
    const [first, second] = receiver.received;
    expect(first?.headers["webhook-id"]).toBe("a1b2.ops.1");
    expect(second?.headers["webhook-id"]).toBe("a1b2.ops.1");
    const verified = new Webhook(signing).verify(first?.body ?? "", first?.headers as Record<string, string>);
    expect(verified).toMatchObject({ type: "alert.news", data: { urgent: true, cause: "vendor:acme" } });
    expect(() =>
      new Webhook(signing).verify(`${first?.body} `, first?.headers as Record<string, string>),
    ).toThrow();
    await receiver.close();
  });

  test("tells neither path nor query nor an echoed secret when it fails", async () => {
    const url = secret("https://ops:pass-word-9@hooks.example/T0SECRETPATH/inner-secret?token=query-secret");
    server.use(
      http.post("https://hooks.example/*", () =>
        HttpResponse.text(`no T0SECRETPATH inner-secret ${signing} pass-word-9`, { status: 403 }),
      ),
    );
    const failed = await deliver({ kind: "webhook", url, secret: secret(signing) });
    expect(failed).toMatchObject({
      kind: "failed",
      why: expect.stringContaining("hooks.example answered 403"),
    });
    expect(JSON.stringify(failed)).not.toMatch(/SECRETPATH|inner-secret|query-secret|whsec|pass-word/);
  });

  test("follows no redirect, and waits as long as it is told to", async () => {
    server.use(
      http.post("https://hooks.example/a", () => HttpResponse.redirect("https://elsewhere.example/", 307)),
      http.post(
        "https://hooks.example/b",
        () => new HttpResponse(null, { status: 429, headers: { "retry-after": "30" } }),
      ),
    );
    const at = (url: string) => deliver({ kind: "webhook", url, secret: secret(signing) });
    expect(await at("https://hooks.example/a")).toMatchObject({ why: expect.stringContaining("redirect") });
    expect(await at("https://hooks.example/b")).toMatchObject({ retryAfterMs: 30_000 });
  });

  test("is not sent with a secret that others can read, that is none, or that is not there", async () => {
    const url = "https://hooks.example/a";
    const why = async (file: { path: string }) =>
      (await deliver({ kind: "webhook", url, secret: file })) as { why: string };
    expect((await why(secret(signing, 0o644))).why).toContain("chmod 600");
    expect((await why(secret("hunter2"))).why).toContain("openssl rand");
    expect((await why({ path: join(folder, "missing") })).why).toContain("does not exist");
  });
});

describe("telegram", () => {
  const token = "123456:AAExampleTokenThatIsSecret";
  const place = () =>
    ({ kind: "telegram", token: secret(token), chat: "-100", api: "https://api.telegram.org" }) as const;

  test("sends a message, edits it in place, and sends another one when somebody took it away", async () => {
    const calls: { readonly method: string; readonly body: unknown }[] = [];
    let edit = { ok: true, description: "" };
    server.use(
      http.post(`https://api.telegram.org/bot${token}/:method`, async ({ params, request }) => {
        calls.push({ method: String(params["method"]), body: await request.json() });
        if (params["method"] === "editMessageText" && !edit.ok)
          return HttpResponse.json(edit, { status: 400 });
        return HttpResponse.json({ ok: true, result: { message_id: 41 + calls.length } });
      }),
    );
    expect(await deliver(place())).toMatchObject({ receipt: "42" });
    expect(await deliver(place(), { kind: "edit", receipt: "42" })).toMatchObject({ receipt: "42" });
    expect(calls.map(({ method }) => method)).toEqual(["sendMessage", "editMessageText"]);
    expect(calls[1]?.body).toMatchObject({ chat_id: "-100", message_id: 42 });
    edit = { ok: false, description: "Bad Request: message is not modified" };
    expect(await deliver(place(), { kind: "edit", receipt: "42" })).toMatchObject({ kind: "sent" });
    edit = { ok: false, description: "Bad Request: message to edit not found" };
    expect(await deliver(place(), { kind: "edit", receipt: "42" })).toMatchObject({
      kind: "sent",
      receipt: "46",
    });
  });

  test("never shows its token, which stands in the URL's path", async () => {
    server.use(
      http.post("https://api.telegram.org/*", ({ request }) =>
        HttpResponse.text(`bad ${request.url}`, { status: 404 }),
      ),
    );
    const answered = await deliver(place());
    server.use(http.post("https://api.telegram.org/*", () => HttpResponse.error()));
    const broken = await deliver(place());
    expect([answered.kind, broken.kind]).toEqual(["failed", "failed"]);
    expect(JSON.stringify([answered, broken])).not.toContain("AAExample");
  });

  test("tells a person where a message may come twice", async () => {
    let text = "";
    server.use(
      http.post("https://api.telegram.org/*", async ({ request }) => {
        text = ((await request.json()) as { text: string }).text;
        return HttpResponse.json({ ok: true });
      }),
    );
    await deliver(place(), { mayHaveArrived: true });
    expect(text).toContain("may have reached you before");
  });
});

test("ntfy gets one sequence for a message, its repetition and its edits", async () => {
  const bodies: Record<string, unknown>[] = [];
  const token = secret("tk_secret_access");
  server.use(
    http.post("https://ntfy.example/", async ({ request }) => {
      expect(request.headers.get("authorization")).toBe("Bearer tk_secret_access");
      bodies.push((await request.json()) as Record<string, unknown>);
      return HttpResponse.json({ id: "x" });
    }),
  );
  const place = { kind: "ntfy", server: "https://ntfy.example", topic: "desk", token } as const;
  const sent = await deliver(place);
  const receipt = sent.kind === "sent" ? sent.receipt : undefined;
  await deliver(place, { mayHaveArrived: true });
  await deliver(place, { id: "a1b2.ops.2", kind: "edit", receipt });
  expect(new Set(bodies.map((body) => body["sequence_id"])).size).toBe(1);
  expect(bodies[0]).toMatchObject({ topic: "desk", priority: 5 });
});

test("Discord is posted to and edited, mentions nobody, and keeps its path to itself", async () => {
  const url = secret("https://discord.com/api/webhooks/123456789/very-secret-token");
  const seen: string[] = [];
  server.use(
    http.post("https://discord.com/api/webhooks/123456789/very-secret-token", async ({ request }) => {
      expect(await request.json()).toMatchObject({ allowed_mentions: { parse: [] } });
      seen.push(`POST ${new URL(request.url).search}`);
      return HttpResponse.json({ id: "77" });
    }),
    http.patch("https://discord.com/api/webhooks/123456789/very-secret-token/messages/:id", ({ params }) => {
      seen.push(`PATCH ${String(params["id"])}`);
      return params["id"] === "77" ? HttpResponse.json({ id: "77" }) : HttpResponse.json({}, { status: 404 });
    }),
  );
  expect(await deliver({ kind: "discord", url })).toMatchObject({ receipt: "77" });
  expect(await deliver({ kind: "discord", url }, { kind: "edit", receipt: "77" })).toMatchObject({
    receipt: "77",
  });
  await deliver({ kind: "discord", url }, { kind: "edit", receipt: "66" });
  expect(seen).toEqual(["POST ?wait=true", "PATCH 77", "PATCH 66", "POST ?wait=true"]);
  server.use(
    http.post("https://discord.com/*", () =>
      HttpResponse.text("very-secret-token 123456789", { status: 500 }),
    ),
  );
  expect(JSON.stringify(await deliver({ kind: "discord", url }))).not.toContain("very-secret");
});

test("Slack gets text in which nothing is markup", async () => {
  let text = "";
  server.use(
    http.post("https://hooks.slack.com/services/*", async ({ request }) => {
      text = ((await request.json()) as { text: string }).text;
      return HttpResponse.text("ok");
    }),
  );
  await deliver({ kind: "slack", url: secret("https://hooks.slack.com/services/T000/B000/XXXXXXXX") });
  expect(text).toContain("exit &amp; does &lt;not&gt; run");
});

test("a mail has the message's key as its id and its alert as its thread", async () => {
  let mail = "";
  const smtp = createServer((socket) => {
    let isData = false;
    socket.write("220 test ESMTP\r\n");
    socket.on("data", (chunk) => {
      const text = chunk.toString("utf8");
      if (isData) {
        mail += text;
        if (!mail.endsWith("\r\n.\r\n")) return;
        isData = false;
        socket.write("250 queued\r\n");
      } else if (/^DATA/i.test(text)) {
        isData = true;
        socket.write("354 go on\r\n");
      } else if (/^QUIT/i.test(text)) socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  const { port } = smtp.address() as { port: number };
  const place = {
    kind: "email",
    from: "desk@example.com",
    to: ["ann@example.com"],
    host: "127.0.0.1",
    port,
    security: "none",
    user: undefined,
    password: undefined,
  } as const;
  expect(await deliver(place)).toMatchObject({ kind: "sent" });
  expect(mail).toContain("Message-ID: <a1b2.ops.1@slipway.invalid>");
  expect(mail).toContain("References: <a1b2@slipway.invalid>");
  expect(mail).toContain("launch why alice");
  await new Promise((resolve) => smtp.close(resolve));
  expect(await deliver(place)).toMatchObject({ kind: "failed" });
});

describe("a command", () => {
  const run = (...command: string[]) => deliver({ kind: "command", command, cwd: folder });

  test("gets the message on its standard input, and no variable of the launcher", async () => {
    const out = join(folder, "seen");
    process.env["LAUNCH_TEST_SECRET"] = "do-not-pass";
    const program = `require("fs").writeFileSync(${JSON.stringify(out)}, require("fs").readFileSync(0, "utf8") + JSON.stringify(process.env))`;
    expect(await run(process.execPath, "-e", program)).toMatchObject({ kind: "sent" });
    delete process.env["LAUNCH_TEST_SECRET"];
    const { readFileSync } = await import("node:fs");
    const seen = readFileSync(out, "utf8");
    expect(seen).toContain('"id":"a1b2.ops.1"');
    expect(seen).not.toContain("do-not-pass");
  });

  test("that fails or is not there is a channel that fails", async () => {
    expect(await run("sh", "-c", "echo no such pager >&2; exit 3")).toMatchObject({
      kind: "failed",
      why: "sh ended with 3: no such pager",
    });
    expect(await run("no-such-program-at-all")).toMatchObject({
      kind: "failed",
      // A PATH with a folder that may not be read makes it the second.
      why: expect.stringMatching(/could not be started .*(ENOENT|EACCES)/),
    });
    expect(await run("true")).toMatchObject({ kind: "sent" });
  });
});

test("a ping has the shape of what answers it, and shows nothing of its URL", async () => {
  const receiver = await openReceiver();
  const ping = (settings: Partial<PingSettings>) =>
    alertChannels(host)
      .openPing({
        name: "dead-man",
        shape: "healthchecks",
        url: secret(`${receiver.url}/4f1c-secret-uuid`),
        everyMs: 60_000,
        units: undefined,
        ...settings,
      })
      .ping("3 are well");
  expect(await ping({})).toMatchObject({ kind: "sent" });
  expect(
    await ping({ shape: "kuma", url: secret(`${receiver.url}/api/push/abc123?status=up&msg=OK&ping=`) }),
  ).toMatchObject({ kind: "sent" });
  const [hc, kuma] = receiver.received;
  expect(hc).toMatchObject({ path: "/4f1c-secret-uuid", body: "3 are well" });
  expect(new URL(kuma?.path ?? "", "http://x").searchParams.get("msg")).toBe("3 are well");
  receiver.answer(404, "no check 4f1c-secret-uuid");
  const failed = await ping({});
  expect(failed.kind).toBe("failed");
  expect(JSON.stringify(failed)).not.toContain("4f1c-secret");
  await receiver.close();
});
