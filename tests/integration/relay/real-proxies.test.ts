import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ProxyScheme } from "../../../lib/domain/proxy/proxy-endpoint.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { patient } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import { openRelayRig, type RelayRig, ways } from "./relay-rig.ts";

// The relay before proxies that others wrote. They resolve no .test names, so targets are loopback addresses, which the rig's
// relay takes for public ones.

const user = "customer-1";
// What the configuration of tinyproxy can spell.
const pass = "pass.w0rd";
// Squid names its shared memory after its service, and leaves it when it is killed.
const squidService = `slipway${process.pid}`;
let rig: RelayRig;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "relay-"));
  rig = await openRelayRig();
});
afterEach(async () => {
  await rig.close();
  for (const child of children.splice(0)) {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await gone;
  }
  rmSync(folder, { recursive: true });
  for (const part of ["metadata", "queues", "readers"])
    rmSync(`/dev/shm/${squidService}-cf__${part}.shm`, { force: true });
});

function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`], { env: { PATH: path } }).status === 0;
}

const path = `${process.env["PATH"]}:/usr/sbin`;

const programs = [
  { program: "microsocks", scheme: "socks5" },
  { program: "tinyproxy", scheme: "http" },
  { program: "squid", scheme: "http" },
] as const;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function start(program: (typeof programs)[number]["program"], exit: string): Promise<number> {
  const port = await freePort();
  const [command, args] = commands[program](port, exit);
  await startProgram(command, args, port);
  return port;
}

async function startProgram(command: string, args: readonly string[], port: number): Promise<void> {
  const child = spawn(command, args, { stdio: "ignore", env: { PATH: path } });
  children.push(child);
  const listens = (): Promise<boolean> =>
    new Promise((resolve) => {
      const probe = connect(port, "127.0.0.1");
      probe.once("error", () => resolve(false));
      probe.once("connect", () => resolve(true)).once("connect", () => probe.destroy());
    });
  await eventually(listens, (isUp) => isUp);
}

type Command = readonly [string, string[]];
const commands: Readonly<
  Record<(typeof programs)[number]["program"], (port: number, exit: string) => Command>
> = {
  microsocks: (port, exit) => [
    "microsocks",
    ["-i", "127.0.0.1", "-p", String(port), "-u", user, "-P", pass, "-b", exit],
  ],
  tinyproxy: (port, exit) => {
    const file = join(folder, "tinyproxy.conf");
    const lines = [
      `Port ${port}`,
      "Listen 127.0.0.1",
      `Bind ${exit}`,
      `BasicAuth ${user} ${pass}`,
      "MaxClients 50",
    ];
    writeFileSync(file, `${lines.join("\n")}\nTimeout 60\nLogLevel Critical\n`);
    return ["tinyproxy", ["-d", "-c", file]];
  },
  squid: (port, exit) => {
    const checker = join(folder, "check.sh");
    writeFileSync(checker, `while read -r u p; do [ "$u" = ${user} ] && echo OK || echo ERR; done\n`);
    return squidCommand(port, [
      `tcp_outgoing_address ${exit}`,
      `auth_param basic program /bin/sh ${checker}`,
      "acl known proxy_auth REQUIRED",
      "http_access allow known",
    ]);
  },
};

function squidCommand(port: number, rules: readonly string[]): Command {
  const file = join(folder, "squid.conf");
  const lines = [
    `http_port 127.0.0.1:${port}`,
    ...rules,
    "http_access deny all",
    "cache deny all",
    "access_log none",
    "cache_log /dev/null",
    "cache_store_log none",
    `pid_filename ${join(folder, "squid.pid")}`,
    `coredump_dir ${folder}`,
    "pinger_enable off",
    "shutdown_lifetime 0 seconds",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  spawnSync("chmod", ["-R", "a+rX", folder]);
  // One that another user's squid has left under the usual name would stop this one.
  return ["squid", ["-N", "-n", squidService, "-f", file]];
}

for (const { program, scheme } of programs) {
  test(`through the real ${program} a request leaves from its exit, and a wrong credential is told as auth`, async (context) => {
    if (!isInstalled(program)) {
      if (process.env["CI"] === "true") throw new Error(`${program} is missing: install it.`);
      context.skip(`NOT TESTED: the relay before ${program}. Run: apt-get install ${program}`);
    }
    const port = await start(program, "127.0.0.31");
    const use = (secret: string, as = user): void =>
      rig.relay.setUpstream({
        label: program,
        endpoint: { scheme: scheme satisfies ProxyScheme, host: "127.0.0.1", port },
        credential: { user: as, secret: new Secret(secret) },
      });
    use(pass);
    const body = Buffer.alloc(3_000_000, "x").toString();
    const target = await rig.http((asked, response) => {
      if (asked.url === "/long") response.end(body);
      else response.end(asked.socket.remoteAddress);
    });
    for (const args of Object.values(ways(rig.relay))) {
      expect(await rig.curl(...args, `http://127.0.0.21:${target}/`)).toBe("127.0.0.31");
    }
    const long = await rig.curl(
      "-o",
      join(folder, "long"),
      "-w",
      "%{size_download}",
      ...ways(rig.relay).CONNECT,
      `http://127.0.0.21:${target}/long`,
    );
    expect(long).toBe("3000000");

    const closed = await freePort();
    await expect(rig.relay.dial("127.0.0.21", closed, patient(5_000))).rejects.toMatchObject({
      failure: { scope: "target" },
    });
    use("wrong", "nobody");
    await expect(rig.relay.dial("127.0.0.21", target, patient(5_000))).rejects.toMatchObject({
      failure: { kind: "auth", scope: "upstream" },
    });
  });
}

test("through the real squid that wants Digest, and lets CONNECT through to 443 alone, both are told", async (context) => {
  if (!isInstalled("squid")) {
    if (process.env["CI"] === "true") throw new Error("squid is missing: install it.");
    context.skip("NOT TESTED: the relay before squid. Run: apt-get install squid");
  }
  // Its rules are read in their order: the port comes before the credential.
  const port = await freePort();
  const users = join(folder, "users");
  writeFileSync(users, `${user}:lab:none\n`);
  const rules = [
    "acl open port 443",
    "http_access deny CONNECT !open",
    `auth_param digest program /usr/lib/squid/digest_file_auth -c ${users}`,
    "auth_param digest realm lab",
    "acl known proxy_auth REQUIRED",
    "http_access allow known",
  ];
  await startProgram(...squidCommand(port, rules), port);
  const credential = { user, secret: new Secret(pass) };
  rig.relay.setUpstream({
    label: "squid",
    endpoint: { scheme: "http", host: "127.0.0.1", port },
    credential,
  });
  await expect(rig.relay.dial("127.0.0.21", 8_080, patient(5_000))).rejects.toMatchObject({
    failure: {
      kind: "denied",
      remedy: "https-witnesses",
      message: expect.stringMatching(
        /HTTP 403 \(ERR_ACCESS_DENIED 0\), as proxies do that allow CONNECT to port 443 only/,
      ),
    },
  });
  await expect(rig.relay.dial("127.0.0.21", 443, patient(5_000))).rejects.toMatchObject({
    failure: {
      kind: "denied",
      remedy: "basic-only",
      message: expect.stringContaining("wants Digest; only Basic is spoken (HTTP 407"),
    },
  });
});

test("edge case 16: through the real tinyproxy that lets CONNECT through to 443 alone, that is told", async (context) => {
  if (!isInstalled("tinyproxy")) {
    if (process.env["CI"] === "true") throw new Error("tinyproxy is missing: install it.");
    context.skip("NOT TESTED: the relay before tinyproxy. Run: apt-get install tinyproxy");
  }
  const port = await freePort();
  const file = join(folder, "tinyproxy.conf");
  writeFileSync(
    file,
    `Port ${port}\nListen 127.0.0.1\nMaxClients 50\nTimeout 60\nLogLevel Critical\nConnectPort 443\n`,
  );
  await startProgram("tinyproxy", ["-d", "-c", file], port);
  rig.relay.setUpstream({
    label: "tiny",
    endpoint: { scheme: "http", host: "127.0.0.1", port },
    credential: undefined,
  });
  await expect(rig.relay.dial("127.0.0.21", 8_080, patient(5_000))).rejects.toMatchObject({
    failure: {
      kind: "denied",
      remedy: "https-witnesses",
      message: expect.stringContaining("Access violation"),
    },
  });
});
