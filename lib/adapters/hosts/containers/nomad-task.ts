import {
  type ContainedLauncher,
  type ContainedUnit,
  type ContainerPlace,
  type HandedFile,
  image,
  stopSecondsOf,
  variablesOf,
} from "./contained.ts";
import type { HclBody } from "./hcl-text.ts";

/** Where Nomad keeps the secrets of a job; only that job can read it. */
export interface NomadVariable {
  readonly name: string;
  readonly files: readonly HandedFile[];
}

/** Clients cut longer ones, unless their configuration says more. */
const usualKillSeconds = 30;
const secretsFolder = "/secrets";

/** The task of a launcher: a container of the image, with its secrets as files that only its user can read. */
export function nomadTask(
  { name, words, live, units }: ContainedLauncher,
  place: ContainerPlace,
  { variable, hasConsul }: { readonly variable: NomadVariable; readonly hasConsul: boolean },
): HclBody {
  const seconds = stopSecondsOf(units);
  return [
    ["driver", "docker"],
    ["user", `${image.user}:${image.user}`],
    ["kill_signal", "SIGTERM"],
    ...(seconds > usualKillSeconds
      ? [`Set max_kill_timeout of the clients to this: without, they kill after ${usualKillSeconds} s.`]
      : []),
    ["kill_timeout", `${seconds}s`],
    { block: "config", body: dockerConfig(words, place, variable) },
    ["env", variablesOf(place, secretsFolder)],
    ...variable.files.map((file) => template(variable.name, file)),
    { block: "resources", body: resources(units) },
    ...(hasConsul ? [service(name, live)] : []),
  ];
}

function dockerConfig(
  [command = "", ...args]: readonly string[],
  { image: name, tier }: ContainerPlace,
  { files }: NomadVariable,
): HclBody {
  const mounts = files.flatMap((file) =>
    isInSecrets(file) ? [] : [{ block: "mount", body: bindMount(file) }],
  );
  return [
    ["image", name],
    ["command", command],
    ["args", args],
    ["work_dir", image.project],
    ["cap_drop", ["all"]],
    ...(tier === "kernel"
      ? ["A bot's own network is made with unshare, setns and mount, which the usual profiles forbid."]
      : []),
    ["security_opt", ["no-new-privileges", ...(tier === "kernel" ? unconfined : [])]],
    ...mounts,
  ];
}

const unconfined = ["seccomp=unconfined", "apparmor=unconfined"];

// Relative to the folder of the task.
function bindMount({ name, path }: HandedFile): HclBody {
  return [
    ["type", "bind"],
    ["source", `secrets/${name}`],
    ["target", path],
    ["readonly", true],
  ];
}

function isInSecrets({ path }: HandedFile): boolean {
  return path.startsWith(`${secretsFolder}/`);
}

// A launcher reads its keys once: a change waits until it is started again.
function template(variable: string, file: HandedFile): HclBody[number] {
  const destination = isInSecrets(file) ? file.path.slice(1) : `secrets/${file.name}`;
  return {
    block: "template",
    body: [
      ["destination", destination],
      ["data", `{{ with nomadVar "${variable}" }}{{ .${file.name} }}{{ end }}`],
      ["perms", "0400"],
      ["uid", image.user],
      ["gid", image.user],
      ["change_mode", "noop"],
    ],
  };
}

/** A launcher, and a small bot beside it. */
const launcherMB = 100;
const botMB = 130;

function resources(units: readonly ContainedUnit[]): HclBody {
  const wanted = units.reduce(
    (sum, { memoryLimitBytes }) => sum + (memoryLimitBytes === undefined ? botMB : memoryLimitBytes / 1e6),
    launcherMB,
  );
  const limit = ["memory_max", Math.ceil(4 * wanted)] as const;
  return [
    ["cpu", 100 * (1 + units.length)],
    ["memory", Math.ceil(wanted)],
    "What it may take while the node has it to spare; where that is not switched on, `memory` is the limit.",
    limit,
  ];
}

// Only Consul's checks can be programs; Nomad's own services have none.
function service(name: string, [command = "", ...args]: readonly string[]): HclBody[number] {
  const check: HclBody = [
    ["type", "script"],
    ["command", command],
    ["args", args],
    ["interval", "20s"],
    ["timeout", "10s"],
    {
      block: "check_restart",
      body: [
        ["limit", 3],
        ["grace", "2m"],
      ],
    },
  ];
  return {
    block: "service",
    body: [["provider", "consul"], ["name", name], { block: "check", body: check }],
  };
}
