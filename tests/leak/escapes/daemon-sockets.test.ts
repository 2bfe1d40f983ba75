import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { nodeClient } from "../clients/inline-client.ts";
import { besideDaemons } from "../lab/private-run.ts";
import { useLeakLab } from "../lab/use-leak-lab.ts";

const here = useLeakLab();
const uid = process.getuid?.() ?? -1;
const listeners = fileURLToPath(new URL("../../fixtures/listeners.mjs", import.meta.url));

/** Where daemons listen that would resolve a name or run a program for whoever asks; ~ is the home of the launcher's user. */
const places = [
  "/run/nscd/socket",
  "/run/systemd/resolve/io.systemd.Resolve",
  "/run/systemd/private",
  "/run/dbus/system_bus_socket",
  "/run/avahi-daemon/socket",
  "/run/docker.sock",
  "/run/docker/metrics.sock",
  "/run/containerd/containerd.sock",
  "/run/podman/podman.sock",
  "/run/crio/crio.sock",
  "/run/k3s/containerd/containerd.sock",
  "/run/buildkit/buildkitd.sock",
  "/run/libvirt/libvirt-sock",
  "/run/incus/unix.socket",
  "/run/snapd.socket",
  "/run/cups/cups.sock",
  "/run/screen/S-operator/1.alice",
  `/run/user/${uid}/bus`,
  `/run/user/${uid}/systemd/private`,
  `/run/user/${uid}/docker.sock`,
  `/tmp/tmux-${uid}/slipway-leak-test`,
  "~/.pm2/rpc.sock",
  "~/.pm2/pub.sock",
  "~/.pm2/interactor.sock",
  "~/own-tmux.sock",
  "~/own-pm2/rpc.sock",
  "~/own-docker.sock",
  "~/own-bus",
  "~/own-agent",
  "~/own-editor",
  "~/own-terminal",
  "@slipway-leak-test",
] as const;

/** What a mask must not take away: a database of this host's listens there. */
const kept = "/run/postgresql/.s.PGSQL.5432";

// The one place that no mount of the test's own can stand in for.
const tmux = `/tmp/tmux-${uid}`;
const isTmuxOurs = !existsSync(tmux);
if (isTmuxOurs) mkdirSync(tmux, { mode: 0o700 });
afterAll(() => {
  rmSync(join(tmux, "slipway-leak-test"), { force: true });
  if (isTmuxOurs) rmSync(tmux, { recursive: true });
});

test("sockets of daemons outside are reachable without protection, and none is in the kernel tier", async () => {
  const everywhere = [...places, kept];
  expect(await reachable("direct", everywhere)).toEqual(everywhere);
  expect(await reachable("kernel", everywhere)).toEqual([kept]);
});

/** The places that a bot of the tier gets an answer from, in order. */
async function reachable(tier: "direct" | "kernel", asked: readonly string[]): Promise<readonly string[]> {
  const home = join(here.folder, "home");
  const real = asked.map((place) => place.replace("~", home));
  const daemons = {
    daemons: [[process.execPath, listeners, ...real]],
    ready: [kept],
    log: join(here.folder, "listeners.log"),
  };
  // A socket of the last time would be in the way of its listener.
  for (const left of [home, join(tmux, "slipway-leak-test")]) rmSync(left, { recursive: true, force: true });
  const words = besideDaemons(here.lab.botSide, daemons);
  const shell = {
    HOME: home,
    TMUX: `${home}/own-tmux.sock,1,0`,
    PM2_HOME: `${home}/own-pm2`,
    DOCKER_HOST: `unix://${home}/own-docker.sock`,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${home}/own-bus`,
    SSH_AUTH_SOCK: `${home}/own-agent`,
    NVIM: `${home}/own-editor`,
    KITTY_LISTEN_ON: `unix:${home}/own-terminal`,
  };
  const botSide = [...words, "env", ...Object.entries(shell).map(([name, value]) => `${name}=${value}`)];
  const client = nodeClient(
    "unix sockets",
    `for (const [index, place] of ${JSON.stringify(real)}.entries()) {
       const socket = require("net").connect(place.replace(/^@/, "\\0"));
       socket.on("data", () => console.log("reached", index)).on("error", () => {});
     }`,
  );
  const [row] = await here.search({ lab: { ...here.lab, botSide }, tier, clients: [client] });
  const reached = [...(row?.output ?? "").matchAll(/reached (\d+)/g)].map(([, index]) => Number(index));
  return asked.filter((_, index) => reached.includes(index));
}
