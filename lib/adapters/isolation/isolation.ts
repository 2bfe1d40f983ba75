import { chownSync } from "node:fs";
import type { RunId } from "../../domain/ids.ts";
import { type PublishedPort, parseLocalSocket } from "../../domain/run/reach/bypass.ts";
import { ConfigError } from "../../errors.ts";
import type { Entrance, Isolation, KernelPlan, KernelReach } from "../../ports/isolation.ts";
import type { Notice } from "../../ports/journal.ts";
import type { TierProbe } from "../../ports/spawner.ts";
import { childVariables } from "../../protocol/environment.ts";
import { configHome, refuseUsedProfile } from "./browsers/refuse-used-profile.ts";
import { usedProfiles } from "./browsers/used-profiles.ts";
import { requireLocal, requirePublished } from "./bypass-entries.ts";
import { type EntranceOptions, entranceWords, networkWords } from "./entrance-words.ts";
import { lackingCapabilities } from "./host/capabilities.ts";
import type { HostSettings } from "./host/host-settings.ts";
import { hostSide, privilegeOf, requireTools } from "./host/host-side.ts";
import { findUser, type HostUser } from "./host/run-as.ts";
import { holdBack } from "./loader-variables.ts";
import { begunNetworks } from "./network/begun-networks.ts";
import { dialFromInside } from "./network/inside-dial.ts";
import { insideNode, startInside } from "./network/inside-process.ts";
import { type BotNetwork, makeNetwork, type NetworkOptions } from "./network/network.ts";
import { SetupFailure } from "./network/setup-process.ts";
import { probeKernelTier, whetherItWorks } from "./probe.ts";
import { type Publication, publish, publishHere } from "./publish.ts";
import { refusalOf } from "./refusal.ts";
import { type Refusals, watchRefusedPorts } from "./refused-ports.ts";
import { type SocketsOutside, socketRules, socketsOutside } from "./sockets/sockets-outside.ts";
import { type FileView, findFileView } from "./view/file-view.ts";
import { unseenNotices } from "./view/say-unseen.ts";

/** A network that is kept from a run's first start to its end, and who enters it. */
interface KeptNetwork {
  readonly network: BotNetwork;
  readonly runAs: HostUser | undefined;
  readonly refusals: Refusals;
  readonly publication: Publication | undefined;
}

/** The kernel tier of this host. */
export function createIsolation(host: HostSettings): Isolation & Pick<TierProbe, "probe"> {
  const kept = new Map<RunId, KeptNetwork>();
  const begun = begunNetworks();
  return {
    probe: () => probeKernelTier(host),
    begin: (runId, reach) =>
      whetherItWorks(() => {
        const making = makeNetwork({ ...hostSide(host), ...socketsFor(reach) });
        begun.add(runId, making);
        return making;
      }),
    forget: (runId) => begun.drop(runId),
    publish: (entries) => publishHere(entries.map(requirePublished)),
    async enter(plan) {
      refuseHiddenFolder(plan, host.hidden);
      const known = kept.get(plan.runId);
      const runAs = known === undefined ? await userOf(plan.tier.runAs, host.uid) : known.runAs;
      refuseUsedProfile(plan, runAs?.home ?? host.home);
      if (known !== undefined) {
        await proveFromInside(plan, known, host);
        return entranceInto(plan, host, known);
      }
      const network = await inWords(
        begun.take(plan.runId) ?? makeNetwork({ ...hostSide(host), ...socketsFor(plan.tier) }),
      );
      for (const listener of network.listeners) plan.tier.onListener(listener);
      const proven = plan.tier.proveInside?.(network.dial) ?? Promise.resolve();
      // Waited for only once the rest has held.
      proven.catch(() => {});
      const made = await furnishFor(plan, { network, runAs, host });
      kept.set(plan.runId, made);
      // The relay closes what it was given when the run is over; the rest goes with it.
      network.listeners[0]?.server.once("close", () => {
        kept.delete(plan.runId);
        made.network.close();
      });
      await proven.finally(() => network.release());
      return entranceInto(plan, host, made);
    },
  };
}

function emptyTmp(path: string): Notice {
  const text = `the bot's ${path} starts empty: the files of this host's ${path} cannot be shown in it`;
  return { level: "warning", unit: undefined, text };
}

// The process that readied the network is gone: another one enters it.
async function proveFromInside(
  { tier }: KernelPlan,
  { network, runAs }: KeptNetwork,
  host: HostSettings,
): Promise<void> {
  if (tier.proveInside === undefined) return;
  const words = networkWords(wayInto(network, runAs, host));
  const child = startInside([...words, ...insideNode(process.execPath, `${host.insideFolder}/dial.js`)]);
  try {
    await tier.proveInside(dialFromInside(child, network.addressOf));
  } finally {
    child.kill("SIGKILL");
  }
}

/** What the network needs to know of its run before there is a bot. */
function socketsFor({ ports, local }: KernelReach): Pick<NetworkOptions, "ports" | "local"> {
  return {
    ports,
    local: local.filter((entry) => parseLocalSocket(entry) === undefined).map(requireLocal),
  };
}

async function inWords<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw error instanceof SetupFailure ? refusalOf(error.message) : error;
  });
}

interface Furnishing {
  readonly network: BotNetwork;
  readonly runAs: HostUser | undefined;
  readonly host: HostSettings;
}

async function furnishFor(plan: KernelPlan, { network, runAs, host }: Furnishing): Promise<KeptNetwork> {
  const { botSocket, onSockets = () => {} } = plan.tier;
  try {
    const published = plan.tier.publish.map(requirePublished);
    if (runAs !== undefined && botSocket !== undefined) chownSync(botSocket, runAs.uid, runAs.gid);
    const { view, sockets } = surroundings(plan, runAs, host);
    const onEmptyTmp = (path: string): void => host.journal.say(emptyTmp(path));
    await inWords(network.furnish(view, { covered: sockets.covered, onEmptyTmp }));
    network.listeners[0]?.server.once("close", await sockets.watch(network.name(), onSockets));
    return await publishFrom(network, published, { runAs, host });
  } catch (error) {
    network.close();
    throw error;
  }
}

async function publishFrom(
  network: BotNetwork,
  published: readonly PublishedPort[],
  { runAs, host }: Pick<Furnishing, "runAs" | "host">,
): Promise<KeptNetwork> {
  const refusals = { seen: network.refusedAtStart, isTold: false };
  if (published.length === 0) return { network, runAs, refusals, publication: undefined };
  // Not as the bot: it could take the connections of this host's network from a process like itself, and turn them.
  const words = networkWords(wayInto(network, runAs, host));
  const resident = insideNode(process.execPath, `${host.insideFolder}/resident.js`);
  const publication = await publish(published, [...words, ...resident]);
  const close = (): void => {
    publication.close();
    network.close();
  };
  return { network: { ...network, close }, runAs, refusals, publication };
}

/** What of this host's files and sockets the bot is to see. */
function surroundings(
  { tier, cwd, env }: KernelPlan,
  runAs: HostUser | undefined,
  host: HostSettings,
): { readonly view: FileView; readonly sockets: SocketsOutside } {
  const { botSocket, tmp = "own" } = tier;
  const localSockets = tier.local.flatMap((entry) => parseLocalSocket(entry) ?? []);
  const allowed = [...localSockets, ...(botSocket === undefined ? [] : [botSocket])];
  const profiles = usedProfiles(runAs?.uid ?? host.uid, configHome(env, runAs?.home ?? host.home));
  const view = findFileView(host, { runAs, cwd, tmp, botSocket, localSockets, profiles });
  for (const notice of unseenNotices(view, env, env[childVariables.account])) host.journal.say(notice);
  const rules = socketRules({ view, runAs, uid: host.uid, allowed });
  return { view, sockets: socketsOutside(requireTools().ss, rules) };
}

function entranceInto(plan: KernelPlan, host: HostSettings, kept: KeptNetwork): Entrance {
  const { network, runAs, refusals, publication } = kept;
  const way = wayInto(network, runAs, host);
  const unit = plan.env[childVariables.account];
  const held = holdBack(plan.env, way.tools);
  const own = runAs === undefined ? {} : { HOME: runAs.home, USER: runAs.name, LOGNAME: runAs.name };
  return {
    words: [...entranceWords({ ...way, cwd: plan.cwd }), ...held.words],
    env: { ...own, ...held.env },
    started: (pid) =>
      watchRefusedPorts({
        pid,
        network: network.name() ?? "",
        refusals,
        notTheBots: () => publication?.refused() ?? 0,
        socketEvents: socketEvents(way),
        say: (text) => host.journal.say({ level: "warning", unit, text }),
      }),
    network: { name: () => network.name(), helpers: () => publication?.residents() ?? [] },
  };
}

function wayInto(
  network: BotNetwork,
  runAs: HostUser | undefined,
  { uid }: HostSettings,
): Omit<EntranceOptions, "cwd"> {
  return { tools: requireTools(), privilege: privilegeOf(uid), namespaces: network.namespaces, runAs };
}

// Without stdbuf, ss would keep a line to itself until it has many.
function socketEvents(way: Omit<EntranceOptions, "cwd">): readonly string[] | undefined {
  const { ss, stdbuf } = way.tools;
  if (ss === undefined || stdbuf === undefined) return undefined;
  return [...entranceWords({ ...way, cwd: "/" }), stdbuf, "-oL", ss, "-E", "-H", "-n", "-t"];
}

async function userOf(name: string | undefined, uid: number): Promise<HostUser | undefined> {
  if (name === undefined) return undefined;
  if (privilegeOf(uid) === "root") return findUser(name);
  const lacking = uid === 0 ? `root without ${lackingCapabilities().forRoot.join(", ")}` : `uid ${uid}`;
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `run_as needs root, but the launcher runs with ${lacking}.`,
    {
      hint: `Start the launcher as root, or as ${name} without run_as.`,
    },
  );
}

function refuseHiddenFolder({ cwd }: KernelPlan, hidden: readonly string[]): void {
  const mask = hidden.find((path) => cwd === path || cwd.startsWith(`${path}/`));
  if (mask === undefined) return;
  const message = `The working folder ${cwd} is in ${mask}, which the kernel tier hides from bots.`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", message, {
    hint: "Give the bot another `cwd`, or move the state folder (LAUNCH_STATE_DIR).",
  });
}
