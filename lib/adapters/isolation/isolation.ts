import { chownSync } from "node:fs";
import type { RunId } from "../../domain/ids.ts";
import { parseLocalSocket, requireLocal, requirePublished } from "../../domain/run/reach/bypass.ts";
import { ConfigError } from "../../errors.ts";
import type { Entrance, Isolation, KernelPlan, KernelReach } from "../../ports/isolation.ts";
import type { Notice } from "../../ports/journal.ts";
import type { KernelTry } from "../../ports/spawner.ts";
import { childVariables } from "../../protocol/environment.ts";
import { configHome, refuseUsedProfile } from "./browsers/refuse-used-profile.ts";
import { usedProfiles } from "./browsers/used-profiles.ts";
import { lackingCapabilities } from "./host/capabilities.ts";
import { type EntranceOptions, entranceWords, networkWords } from "./host/entrance-words.ts";
import type { HostSettings } from "./host/host-settings.ts";
import { hostSide, privilegeOf, requireTools } from "./host/host-side.ts";
import { findUser, type HostUser } from "./host/run-as.ts";
import { holdBack } from "./loader-variables.ts";
import { begunNetworks } from "./network/begun-networks.ts";
import { dialFromInside } from "./network/inside-dial.ts";
import { insideNode, startInside } from "./network/inside-process.ts";
import { type BotNetwork, makeNetwork, type NetworkOptions } from "./network/network.ts";
import { type Refusals, watchRefusedPorts } from "./network/refused-ports.ts";
import { SetupFailure } from "./network/setup-process.ts";
import { probeKernelTier, whetherItWorks } from "./probe.ts";
import { type Publication, publish, publishHere } from "./publish.ts";
import { refusalOf } from "./refusal.ts";
import { type ListenerLooks, listenerLooks } from "./sockets/listener-looks.ts";
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

/** A network that gets its file view. */
interface FurnishedNetwork extends Pick<KeptNetwork, "network" | "runAs"> {
  readonly laid: Promise<void>;
}

/** A run that waits longer, for a lease or an exit, keeps no process of ours waiting for it. */
const networkWaitsMs = 10_000;
/** What its file view covers was looked for when it was laid, and is not to be old when the bot starts. */
const viewWaitsMs = 5_000;

/** What the kernel tier does, and whether it works here. */
export type KernelTier = Isolation & { readonly probe: () => Promise<KernelTry> };

/** The kernel tier of this host. */
export function createIsolation(host: HostSettings): KernelTier {
  const kept = new Map<RunId, KeptNetwork>();
  const looks = listenerLooks();
  const begun = begunNetworks<BotNetwork>(networkWaitsMs, (network) => network.close());
  const furnished = begunNetworks<FurnishedNetwork>(viewWaitsMs, ({ network }) => network.close());
  const furnish = async (plan: KernelPlan): Promise<FurnishedNetwork> => {
    const runAs = await userOf(plan.tier.runAs, host.uid);
    const making = begun.take(plan.runId) ?? makeNetwork({ ...hostSide(host), ...socketsFor(plan.tier) });
    const network = await inWords(making);
    const laid = layFiles(plan, { network, runAs, host, looks });
    // Whoever enters hears of it.
    laid.catch(() => network.close());
    return { network, runAs, laid };
  };
  return {
    probe: () => probeKernelTier(host),
    publish: (entries) => publishHere(entries.map(requirePublished)),
    begin: (runId, reach) =>
      whetherItWorks(() => {
        const making = makeNetwork({ ...hostSide(host), ...socketsFor(reach) });
        begun.add(runId, making);
        return making;
      }),
    prepare(plan) {
      if (!kept.has(plan.runId) && !furnished.has(plan.runId)) furnished.add(plan.runId, furnish(plan));
    },
    async wayAhead(plan) {
      const found = kept.get(plan.runId) ?? (await furnished.find(plan.runId));
      if (found !== undefined && "laid" in found) await found.laid;
      return found && wayThrough(plan, host, { publication: undefined, ...found });
    },
    forget(runId) {
      begun.drop(runId);
      furnished.drop(runId);
    },
    async enter(plan) {
      refuseHiddenFolder(plan, host.hidden);
      const known = kept.get(plan.runId);
      const runAs = known === undefined ? await userOf(plan.tier.runAs, host.uid) : known.runAs;
      refuseUsedProfile(plan, runAs?.home ?? host.home);
      if (known !== undefined) {
        await proveFromInside(plan, known, host);
        return entranceInto(plan, host, known);
      }
      const { network, laid } = await (furnished.take(plan.runId) ?? furnish(plan));
      for (const listener of network.listeners) plan.tier.onListener(listener);
      const proven = plan.tier.proveInside?.(network.dial) ?? Promise.resolve();
      // Waited for only once the rest has held.
      proven.catch(() => {});
      await laid;
      const ready = await publishFrom(network, plan, { runAs, host });
      kept.set(plan.runId, ready);
      // The relay closes what it was given when the run is over; the rest goes with it.
      network.listeners[0]?.server.once("close", () => {
        kept.delete(plan.runId);
        ready.network.close();
      });
      await proven.finally(() => network.release());
      return entranceInto(plan, host, ready);
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
  readonly looks: ListenerLooks;
}

async function layFiles(plan: KernelPlan, furnishing: Furnishing): Promise<void> {
  const { network, runAs, host } = furnishing;
  const { botSocket, onSockets = () => {} } = plan.tier;
  if (runAs !== undefined && botSocket !== undefined) chownSync(botSocket, runAs.uid, runAs.gid);
  const { view, sockets } = surroundings(plan, furnishing);
  const onEmptyTmp = (path: string): void => host.journal.say(emptyTmp(path));
  await inWords(network.furnish(view, { covered: sockets.covered, onEmptyTmp }));
  network.listeners[0]?.server.once("close", await sockets.watch(network.name(), onSockets));
}

async function publishFrom(
  network: BotNetwork,
  { tier }: KernelPlan,
  { runAs, host }: Pick<Furnishing, "runAs" | "host">,
): Promise<KeptNetwork> {
  const refusals = { seen: network.refusedAtStart, isTold: false };
  if (tier.publish.length === 0) return { network, runAs, refusals, publication: undefined };
  try {
    // Not as the bot: it could take the connections of this host's network from a process like itself, and turn them.
    const words = networkWords(wayInto(network, runAs, host));
    const resident = insideNode(process.execPath, `${host.insideFolder}/resident.js`);
    const publication = await publish(tier.publish.map(requirePublished), [...words, ...resident]);
    const close = (): void => {
      publication.close();
      network.close();
    };
    return { network: { ...network, close }, runAs, refusals, publication };
  } catch (error) {
    network.close();
    throw error;
  }
}

/** What of this host's files and sockets the bot is to see. */
function surroundings(
  { tier, cwd, env }: KernelPlan,
  { runAs, host, looks }: Omit<Furnishing, "network">,
): { readonly view: FileView; readonly sockets: SocketsOutside } {
  const { botSocket, tmp = "own" } = tier;
  const localSockets = tier.local.flatMap((entry) => parseLocalSocket(entry) ?? []);
  const allowed = [...localSockets, ...(botSocket === undefined ? [] : [botSocket])];
  const profiles = usedProfiles(runAs?.uid ?? host.uid, configHome(env, runAs?.home ?? host.home));
  const view = findFileView(host, { runAs, cwd, tmp, botSocket, localSockets, profiles });
  for (const notice of unseenNotices(view, env, env[childVariables.account])) host.journal.say(notice);
  const rules = socketRules({ view, runAs, uid: host.uid, allowed });
  return { view, sockets: socketsOutside({ ss: requireTools().ss, looks }, rules) };
}

function wayThrough(
  plan: KernelPlan,
  host: HostSettings,
  { network, runAs, publication }: Pick<KeptNetwork, "network" | "runAs" | "publication">,
): Pick<Entrance, "words" | "env" | "network"> {
  const way = wayInto(network, runAs, host);
  const held = holdBack(plan.env, way.tools);
  const own = runAs === undefined ? {} : { HOME: runAs.home, USER: runAs.name, LOGNAME: runAs.name };
  return {
    words: [...entranceWords({ ...way, cwd: plan.cwd }), ...held.words],
    env: { ...own, ...held.env },
    network: { name: () => network.name(), helpers: () => publication?.residents() ?? [] },
  };
}

function entranceInto(plan: KernelPlan, host: HostSettings, kept: KeptNetwork): Entrance {
  const { network, runAs, refusals, publication } = kept;
  const unit = plan.env[childVariables.account];
  return {
    ...wayThrough(plan, host, kept),
    started: (pid) =>
      watchRefusedPorts({
        pid,
        network: network.name() ?? "",
        refusals,
        notTheBots: () => publication?.refused() ?? 0,
        socketEvents: socketEvents(wayInto(network, runAs, host)),
        say: (text) => host.journal.say({ level: "warning", unit, text }),
      }),
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
