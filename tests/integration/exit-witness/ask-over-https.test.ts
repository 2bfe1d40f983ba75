import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, describe, expect, test } from "vitest";
import { makeLabCertificates } from "../../lab/certificates.ts";
import { startHttpProxy, startTlsProxy } from "../../lab/http-proxy.ts";
import { startSocksProxy } from "../../lab/socks-proxy.ts";
import { patient } from "../../patience/patience.ts";
import { closeAll, closers, echo, names, plainDial, rawServer, started, witness } from "./witness-rig.ts";

afterEach(closeAll);

// A proxy that says yes to CONNECT, and then sends its own page.
test.each(["http", "https"])("a page that comes in place of a witness over %s is told so", async (scheme) => {
  const port = await rawServer((socket) => {
    socket.once("data", () => socket.write("<html><title>Sign in to the network</title>"));
  });
  const answer = await witness.ask(`${scheme}://witness.test/`, plainDial(port), patient(5_000));
  const why = expect.stringMatching(/^what answers there in place of witness\.test speaks no (?:HTTP|TLS),/);
  expect(answer).toMatchObject({ kind: "unknown", why });
});

describe("a witness over https", () => {
  const fixture = fileURLToPath(new URL("../../fixtures/exit-witness/ask.mjs", import.meta.url));
  const askIn = async (env: Record<string, string>, ...args: readonly (string | number)[]) => {
    const { stdout } = await execa(process.execPath, [fixture, ...args.map(String)], {
      env,
      extendEnv: false,
    });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const trusting = async () => {
    const certificates = await makeLabCertificates();
    const folder = mkdtempSync(join(tmpdir(), "witness-"));
    closers.push(async () => rmSync(folder, { recursive: true }));
    const ca = join(folder, "ca.pem");
    writeFileSync(ca, certificates.ca);
    return { certificates, env: { NODE_EXTRA_CA_CERTS: ca } };
  };

  test("is believed only with a certificate for its name from a known authority", async () => {
    const { certificates, env } = await trusting();
    const { port } = await echo({ certificates });
    const answers = await Promise.all([
      askIn(env, "https://witness.test/", port),
      askIn(env, "https://127.0.0.1/", port),
      askIn(env, "https://other.test/", port),
      askIn({}, "https://witness.test/", port),
      askIn({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "https://witness.test/", port),
    ]);
    expect(answers.slice(0, 2).map(({ kind }) => kind)).toEqual(["seen", "seen"]);
    for (const answer of answers.slice(2))
      expect(answer).toMatchObject({ kind: "unknown", failure: { kind: "tls", scope: "target" } });
  });

  test("is reached through proxies of every scheme, TLS within TLS too", async () => {
    const { certificates, env } = await trusting();
    const { port } = await echo({ certificates });
    const options = { exitAddress: "127.0.0.42", names, certificates };
    const proxies = await Promise.all([
      started(startHttpProxy(options)),
      started(startTlsProxy(options)),
      started(startSocksProxy(options)),
    ]);
    const url = `https://witness.test:${port}/`;
    const answers = await Promise.all(proxies.map((proxy) => askIn(env, url, proxy.port, proxy.scheme)));
    expect(answers.map(({ exitIp }) => exitIp)).toEqual(["127.0.0.42", "127.0.0.42", "127.0.0.42"]);
  });

  test("is asked past a global-agent that the operator's shell preloads", async () => {
    const { certificates, env } = await trusting();
    const { port } = await echo({ certificates });
    const bootstrap = createRequire(import.meta.url).resolve("global-agent/bootstrap");
    const elsewhere = "http://127.0.0.1:9";
    const shell = {
      ...env,
      NODE_OPTIONS: `--require ${JSON.stringify(bootstrap)}`,
      GLOBAL_AGENT_HTTP_PROXY: elsewhere,
      GLOBAL_AGENT_HTTPS_PROXY: elsewhere,
    };
    expect(await askIn(shell, "https://witness.test/", port)).toMatchObject({ kind: "seen" });
  });

  test("that does not speak TLS is unknown", async () => {
    const port = await rawServer((socket) => socket.end("hello there\r\n"));
    const answer = await witness.ask("https://witness.test/", plainDial(port), patient(5_000));
    expect(answer).toMatchObject({ kind: "unknown", failure: { kind: "tls" } });
    const closing = await rawServer((socket) => socket.once("data", () => socket.destroy()));
    expect(await witness.ask("https://witness.test/", plainDial(closing), patient(5_000))).toMatchObject({
      failure: { kind: "reset" },
    });
  });
});
