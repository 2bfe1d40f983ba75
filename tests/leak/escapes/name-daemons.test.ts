import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LeakClient } from "../../../lib/leak-check/clients/leak-client.ts";
import type { LeakRow } from "../../../lib/leak-check/find-leaks.ts";
import { pythonClient, shellClient } from "../clients/inline-client.ts";
import { resolvedOfDebian } from "../lab/debian-resolved.ts";
import { whyUntested } from "../lab/needed-program.ts";
import { besideDaemons, type PrivateRun } from "../lab/private-run.ts";
import { story, useLeakLab } from "../lab/use-leak-lab.ts";

const here = useLeakLab();
const nscdFile = "/usr/sbin/nscd";

/** Asks nscd first, as every program with glibc does. */
const glibcClients: readonly LeakClient[] = [
  shellClient("getent", "getent ahosts $LEAK_TAG.$LEAK_HOST"),
  pythonClient("python getaddrinfo", `print(socket.getaddrinfo(tag + "." + host, 80))`),
];

/** Asks systemd-resolved as nss-resolve does: varlink over a socket in the file system. It listens before it has looked at its links. */
const varlink = pythonClient(
  "varlink",
  `import json, time
s = socket.socket(socket.AF_UNIX); s.connect("/run/systemd/resolve/io.systemd.Resolve")
ask = {"method": "io.systemd.Resolve.ResolveHostname", "parameters": {"name": tag + "." + host, "family": 2, "flags": 0}}
for _ in range(100):
    s.sendall(json.dumps(ask).encode() + bytes(1)); answer = s.recv(4000)
    if b"NetworkDown" not in answer: break
    time.sleep(0.1)
print(answer)`,
);

describe("nscd", () => {
  test("a network of one's own does not stop nscd from asking outside", async (context) => {
    const why = whyUntested(nscdFile);
    if (why !== undefined) return context.skip(why);
    const rows = await beside(nscd(), "direct", glibcClients.map(inEmptyNetwork));
    expect(rows.map(({ verdict }) => verdict)).toEqual(["LEAK", "LEAK"]);
  });

  test("in the kernel tier nscd is not asked, and names stand for themselves", async (context) => {
    const why = whyUntested(nscdFile);
    if (why !== undefined) return context.skip(why);
    const rows = await beside(nscd(), "kernel", glibcClients);
    expect(
      story(rows.filter(({ verdict, output }) => verdict !== "refused" || !/198\.1[89]\./.test(output))),
    ).toBe("");
  });
});

describe("systemd-resolved", () => {
  test("a network of one's own does not stop systemd-resolved from asking outside", async (context) => {
    const daemon = resolved();
    if (daemon === undefined) return context.skip("NOT TESTED: Debian's systemd-resolved could not be had.");
    const rows = await beside(daemon, "direct", [inEmptyNetwork(varlink)]);
    expect(story(rows.filter(({ verdict }) => verdict !== "LEAK"))).toBe("");
  });

  test("in the kernel tier systemd-resolved cannot be asked", async (context) => {
    const daemon = resolved();
    if (daemon === undefined) return context.skip("NOT TESTED: Debian's systemd-resolved could not be had.");
    const rows = await beside(daemon, "kernel", [varlink]);
    expect(story(rows)).toMatch(/refused .*(FileNotFound|ConnectionRefused)/);
  });
});

function beside(daemon: PrivateRun, tier: "direct" | "kernel", clients: readonly LeakClient[]) {
  const botSide = besideDaemons(here.lab.botSide, daemon);
  return here.search({ lab: { ...here.lab, botSide }, tier, clients }) as Promise<readonly LeakRow[]>;
}

// Nothing can leave from here: what leaves all the same, somebody else has sent.
function inEmptyNetwork(client: LeakClient): LeakClient {
  const program = client.program === "python" ? "/usr/bin/python3" : "/bin/sh";
  const words = ["unshare", "--user", "--map-current-user", "--net", "--", program, ...client.words];
  return { ...client, name: `${client.name}, empty network`, program: "other", words };
}

// Debian's nscd, which writes nothing outside the private /run.
function nscd(): PrivateRun {
  const config = join(here.folder, "nscd.conf");
  const hosts = ["enable-cache hosts yes", "persistent hosts no", "shared hosts no"];
  const others = ["passwd", "group", "services", "netgroup"].map((name) => `enable-cache ${name} no`);
  writeFileSync(config, `${["paranoia no", ...hosts, ...others].join("\n")}\n`);
  return {
    prepare: "mkdir /run/nscd",
    daemons: [[nscdFile, "-F", "-f", config]],
    ready: ["/run/nscd/socket"],
    log: join(here.folder, "daemons.log"),
  };
}

function resolved(): PrivateRun | undefined {
  const program = resolvedOfDebian();
  if (program === undefined) return undefined;
  const users = join(here.folder, "passwd");
  // As root it becomes this user; without D-Bus and networkd it takes its servers from its configuration.
  writeFileSync(users, "root:x:0:0::/root:/bin/sh\nsystemd-resolve:x:0:0::/:/bin/false\n");
  const settings = join(here.folder, "resolved.conf");
  writeFileSync(
    settings,
    "[Resolve]\nDNS=203.0.113.53\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\nDNSStubListener=no\n",
  );
  const prepare = [
    "mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d",
    `cp '${settings}' /run/systemd/resolved.conf.d/lab.conf`,
    `mount --bind '${users}' /etc/passwd`,
  ];
  return {
    prepare: prepare.join(" && "),
    daemons: [program],
    ready: ["/run/systemd/resolve/io.systemd.Resolve"],
    log: join(here.folder, "daemons.log"),
  };
}
