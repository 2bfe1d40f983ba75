import { chownSync } from "node:fs";
import type { RunId } from "../../domain/ids.ts";
import { parseLocalSocket } from "../../domain/run/reach/bypass.ts";
import { ConfigError } from "../../errors.ts";
import type { Entrance, Isolation, KernelPlan } from "../../ports/isolation.ts";
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
import { dialFromInside } from "./network/inside-dial.ts";
import { insideNode, startInside } from "./network/inside-process.ts";
import { type BotNetwork, makeNetwork } from "./network/network.ts";
import { SetupFailure } from "./network/setup-process.ts";
import { probeKernelTier } from "./probe.ts";
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
  return {
    probe: () => probeKernelTier(host),
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
      const made = await openFor(plan, runAs, host);
      kept.set(plan.runId, made);
      // The relay closes what it was given when the run is over; the rest goes with it.
      made.network.listener?.once("close", () => {
        kept.delete(plan.runId);
        made.network.close();
      });
      await made.network.proven;
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

async function openFor(
  plan: KernelPlan,
  runAs: HostUser | undefined,
  host: HostSettings,
): Promise<KeptNetwork> {
  const { botSocket, ports, onListener, proveInside, onSockets = () => {} } = plan.tier;
  const local = plan.tier.local.filter((entry) => parseLocalSocket(entry) === undefined).map(requireLocal);
  const published = plan.tier.publish.map(requirePublished);
  if (runAs !== undefined && botSocket !== undefined) chownSync(botSocket, runAs.uid, runAs.gid);
  const side = hostSide(host);
  const { view, sockets } = surroundings(plan, runAs, host);
  const { covered } = sockets;
  const onEmptyTmp = (path: string): void => host.journal.say(emptyTmp(path));
  const options = { ...side, view, covered, onEmptyTmp, ports, local, onListener, proveInside };
  const network = await makeNetwork(options).catch((error: unknown) => {
    throw error instanceof SetupFailure ? refusalOf(error.message) : error;
  });
  network.listener?.once("close", await sockets.watch(network.name(), onSockets));
  const refusals = { seen: network.refusedAtStart, isTold: false };
  if (published.length === 0) return { network, runAs, refusals, publication: undefined };
  try {
    // Not as the bot: it could take the connections of this host's network from a process like itself, and turn them.
    const words = networkWords(wayInto(network, runAs, host));
    const resident = insideNode(side.node, `${host.insideFolder}/resident.js`);
    const publication = await publish(published, [...words, ...resident]);
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
