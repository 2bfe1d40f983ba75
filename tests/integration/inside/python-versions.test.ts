import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createSecureServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeLabCertificates } from "../../lab/certificates.ts";
import { patient } from "../../patience/patience.ts";
import { type Listener, listenForBot, openVenue, type Venue } from "./listener.ts";
import { type PythonBot, type PythonOptions, pythonsHere, startPython } from "./pythons.ts";

let listener: Listener;
let venue: Venue;
let bot: PythonBot | undefined;
let secure: Server;
let authority = "";

beforeAll(async () => {
  const { ca, cert, key } = await makeLabCertificates();
  authority = join(mkdtempSync(join(tmpdir(), "slipway-authority-")), "ca.pem");
  writeFileSync(authority, ca);
  secure = createSecureServer({ cert, key }, (_, response) => {
    response.write("203.0.");
    setImmediate(() => response.end("113.7\n"));
  }).listen(0);
  await once(secure, "listening");
});
afterAll(() => {
  secure.close();
  rmSync(dirname(authority), { recursive: true });
});

beforeEach(async () => {
  [listener, venue] = [await listenForBot(), await openVenue()];
});
afterEach(async () => {
  bot?.child.kill("SIGKILL");
  await bot?.ended;
  await Promise.all([listener.close(), venue.close()]);
});

function runIn(code: string, options: Partial<PythonOptions>): PythonBot {
  const env = { ...listener.env, PORT: String(venue.port), ...options.env };
  bot = startPython(code, { ...options, env });
  listener.endsWith(bot);
  return bot;
}

const quiet = { code: 0, signal: null, stdout: "", stderr: "" };
const asks = `import http.client, os
c = http.client.HTTPConnection("localhost", int(os.environ["PORT"])); c.request("GET", "/418"); c.getresponse().read(); c.close()
`;
const strict = ["-W", "error", "-X", "dev"];

describe.each(pythonsHere())("in $name Python", ({ name, file }) => {
  if (/^(2\.|3\.[0-6]\.)/.test(name)) {
    test("nothing happens, and the program runs", async () => {
      const started = runIn("import sys; sys.stdout.write(str('sitecustomize' in sys.modules))", { file });
      expect(await started.ended).toEqual({ ...quiet, stdout: "False" });
      expect(listener.events).toEqual([]);
    });
    return;
  }

  test("a bot lives, answers and ends without a word of ours", async () => {
    const started = runIn(
      `import time, asyncio, sys\n${asks}
async def main():
  while not os.path.exists(sys.argv[1] if len(sys.argv) > 1 else os.environ["GO"]): await asyncio.sleep(0.01)
asyncio.run(main())`,
      { file, flags: strict, env: { GO: join(listener.folder, "go"), SSL_CERT_FILE: authority } },
    );
    expect(await listener.next("hello")).toMatchObject({
      pid: started.child.pid,
      program: "python",
      selfCheck: "ok",
    });
    expect(await listener.next("heartbeat")).toMatchObject({ pid: started.child.pid });
    expect((await listener.next("answers")).answers).toMatchObject([{ status: 418, host: "localhost" }]);
    listener.channel.requestExitCheck(1, `http://localhost:${venue.port}/404`, patient(5_000));
    expect(await listener.next("exit-check")).toMatchObject({ id: 1, answer: { status: 404, body: "{}" } });
    listener.channel.requestExitCheck(2, "http://127.0.0.1:1/", patient(5_000));
    expect(await listener.next("exit-check", ({ id }) => id === 2)).toMatchObject({
      answer: { error: "ECONNREFUSED" },
    });
    const read = async (id: number, url: string) => {
      listener.channel.requestExitCheck(id, url, patient(5_000));
      return (await listener.next("exit-check", (event) => event.id === id)).answer;
    };
    const { port } = secure.address() as AddressInfo;
    // In pieces, from a name that the certificate has; and not from one that it has not.
    expect(await read(3, `https://localhost:${port}/ip`)).toEqual({ status: 200, body: "203.0.113.7\n" });
    expect(await read(4, `https://127.0.0.2:${port}/ip`)).toEqual({ error: "CERTIFICATE_VERIFY_FAILED" });
    expect(await read(5, `https://localhost:${venue.port}/`)).toHaveProperty("error");
    writeFileSync(join(listener.folder, "go"), "");
    expect(await started.ended).toEqual(quiet);
    expect(listener.events.filter(({ type }) => type === "hello")).toHaveLength(1);
  });
});
