import type { DatabaseServerFacts } from "../../domain/database/server-facts.ts";
import { probeMegabytes } from "../../domain/reputation/probe-times.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HostInspector } from "../../ports/host/host-inspector.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Vault } from "../../ports/vault.ts";
import type { Operator } from "../operator.ts";
import { type CheckTools, checkProxies } from "../proxies/check-proxies.ts";
import { checkCredentials } from "./check-credentials.ts";
import { checkKeyFile, checkStateFolder } from "./check-files.ts";
import { checkWitnesses, findingsOfProxies } from "./check-network.ts";
import { type Finding, findingOf, fine, skipped, uncertain } from "./finding.ts";

/** What the doctor looks at; whatever is opened here may fail, and the failure is a finding. */
export interface Patient {
  readonly inspector: HostInspector;
  readonly stateFolder: string;
  /** What the working folder and the environment chose, with where each comes from. */
  readonly choices: readonly { readonly name: string; readonly value: string; readonly source: string }[];
  /** Where the keys are, for people, and their file when it is one of ours. */
  readonly keys: { readonly place: string; readonly file: string | undefined };
  /** Opens the store and says which it is: "schema 4 at postgres://…". */
  readonly openDatabase: () => Promise<{ readonly store: Store; readonly described: string }>;
  readonly lookAtServer: () => Promise<DatabaseServerFacts>;
  readonly clock: Clock;
  /** Opens no store: a database that is down must not hide a key that is missing. */
  readonly openVault: () => Promise<Vault>;
  readonly openOperator: () => Promise<Operator>;
  /** Whether launchers probe standbys and venues in the background. */
  readonly hasProbes: boolean;
  /** Looks at whom alerts reach; undefined without `notify`. */
  readonly checkAlerts: (() => Promise<readonly Finding[]>) | undefined;
  /** Undefined when the network is to be left alone. */
  readonly openTools: (() => Promise<CheckTools>) | undefined;
}

/** Looks at everything that a bot's start needs; never rejects. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const here = await Promise.all([
    checkStateFolder(patient.inspector, patient.stateFolder).catch((error) =>
      findingOf("state folder", error),
    ),
    checkKeys(patient),
  ]);
  const commands = await checkCommands(patient.inspector);
  const database = await checkDatabase(patient);
  const alerts = await (patient.checkAlerts?.().catch((error) => [findingOf("alerts", error)]) ?? []);
  const network = await checkNetwork(patient, database.isUsable);
  return [...choicesOf(patient), ...here, ...commands, ...database.findings, ...alerts, ...network];
}

// Two folders of one desk may choose differently, and what they choose decides what is safe.
function choicesOf({ choices }: Patient): readonly Finding[] {
  return choices.map(({ name, value, source }) => fine(name, `${value} (${source})`));
}

async function checkKeys({ inspector, keys, openVault }: Patient): Promise<Finding> {
  try {
    if (keys.file !== undefined) {
      const finding = await checkKeyFile(inspector, keys.file);
      if (finding.verdict === "failed") return finding;
    }
    const { keyIds } = await openVault();
    return fine("keys", `${keyIds.length} in ${keys.place}, the newest is ${keyIds[0]}`);
  } catch (error) {
    return findingOf("keys", error);
  }
}

interface DatabaseFindings {
  readonly findings: readonly Finding[];
  readonly isUsable: boolean;
}

async function checkDatabase(patient: Patient): Promise<DatabaseFindings> {
  try {
    const { store, described } = await patient.openDatabase();
    const server = await checkServer(patient.clock, patient.lookAtServer);
    const credentials = await readCredentials(patient, store);
    return { findings: [fine("database", described), ...server, ...credentials], isUsable: true };
  } catch (error) {
    return { findings: [findingOf("database", error)], isUsable: false };
  }
}

// Without keys there is one finding about the keys already; each proxy would only repeat it.
async function readCredentials(patient: Patient, store: Store): Promise<readonly Finding[]> {
  const vault = await patient.openVault().catch(() => undefined);
  return vault === undefined
    ? [skipped("credentials", "cannot be opened without the keys")]
    : await checkCredentials(store, vault);
}

async function checkNetwork(patient: Patient, hasDatabase: boolean): Promise<readonly Finding[]> {
  if (patient.openTools === undefined) return [skipped("network", "left alone (--offline)")];
  try {
    const tools = await patient.openTools();
    const witnesses = await checkWitnesses(tools.witness, tools);
    if (!hasDatabase) return [...witnesses, skipped("proxies", "unknown without the database")];
    const operator = await patient.openOperator();
    const proxies = (await operator.store.proxies.list()).filter(({ isActive }) => isActive);
    const checked = await checkProxies(operator, tools, proxies);
    return [...witnesses, ...findingsOfProxies(checked), costOfProbes(patient)];
  } catch (error) {
    return [findingOf("network", error)];
  }
}

// Vendors bill by the byte.
function costOfProbes({ hasProbes }: Patient): Finding {
  if (!hasProbes) return fine("background probes", "off (network.probes)");
  const { standby, inUse } = probeMegabytes();
  const message = `move about ${standby} MB a month through each standby of a running bot, and ${inUse} MB through its own proxy for each venue`;
  return fine("background probes", message);
}

// Nothing is decided by comparing two clocks; what suffers is reading: ages, cooldowns and log lines of two hosts side by side.
const tolerableSkewMs = 2_000;

/** Compares this host's clock with the database's, half the round trip taken off, and says what stands before and behind the server. */
export async function checkServer(
  clock: Clock,
  look: () => Promise<DatabaseServerFacts>,
): Promise<readonly Finding[]> {
  const askedAt = clock.now();
  const facts = await look();
  const ours = (askedAt + clock.now()) / 2;
  const pooler = facts.isPooled ? [fine("database pooler", "stands before the server")] : [];
  return [clockFinding(Math.round(ours - facts.now)), ...pooler, ...standbyFindings(facts)];
}

function standbyFindings({ synchronousNames, synchronousCommit, standbys }: DatabaseServerFacts) {
  if (synchronousNames !== "") {
    const names = `synchronous_standby_names = '${synchronousNames}', synchronous_commit = ${synchronousCommit}`;
    return [fine("database standby", `leases wait for it (${names}): a fail-over forgets none`)];
  }
  if (standbys === 0) return [];
  const message = `${standbys} follow, and no commit waits for them: a fail-over may forget leases and history of the last moment.`;
  return [
    uncertain("database standby", message, "Set synchronous_standby_names: docs/database.md, Standbys"),
  ];
}

function clockFinding(skewMs: number): Finding {
  if (Math.abs(skewMs) <= tolerableSkewMs) return fine("clock", `${skewMs} ms from the database's`);
  const direction = skewMs > 0 ? "ahead of" : "behind";
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  return uncertain(
    "clock",
    `This host is ${seconds} s ${direction} the database: ages and cooldowns look wrong.`,
    "timedatectl set-ntp true",
  );
}

/** The commands that bots and the embedded database use when they are there; both are Debian's util-linux. */
const helpfulCommands = [
  {
    name: "setpriv",
    without: "if a launcher is killed, its bot can live on until the next start finds it",
  },
  { name: "flock", without: "the embedded database has no lock that ends with its server" },
] as const;

/** Looks for each command on PATH; a missing one is uncertain, never a failure. */
export async function checkCommands(inspector: HostInspector): Promise<readonly Finding[]> {
  return await Promise.all(
    helpfulCommands.map(async ({ name, without }) => {
      const path = await inspector.findCommand(name);
      if (path !== undefined) return fine(name, path);
      return uncertain(name, `not installed: ${without}`, "apt-get install util-linux");
    }),
  );
}
