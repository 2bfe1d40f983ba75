import {
  type ContainedLauncher,
  type ContainedUnit,
  type ContainerPlace,
  handedTo,
  launcherFor,
  launcherOfAll,
} from "./contained.ts";
import { type HclBody, hclText } from "./hcl-text.ts";
import { type NomadVariable, nomadTask } from "./nomad-task.ts";

/** How the jobs are to be run, beside what all containers have in common. */
export interface NomadShape {
  /** The units that one launcher of all is told of, none means all; undefined: a job for each unit. */
  readonly one: readonly string[] | undefined;
  /** Whether Consul is there: only it can run a check that is a program. */
  readonly hasConsul: boolean;
  /** Whether Nomad starts a launcher elsewhere while the first one's node is out of reach. */
  readonly isReplaced: boolean;
}

/** A job's file, and the Variable that it reads its secrets from. */
export interface NomadJob {
  readonly name: string;
  readonly text: string;
  readonly variable: NomadVariable;
}

/** Nomad allows 128, and a service of Consul 63. */
const longestName = 63;

/** The jobs for these units. */
export function nomadJobs(
  units: readonly ContainedUnit[],
  place: ContainerPlace,
  shape: NomadShape,
): readonly NomadJob[] {
  const launchers =
    shape.one === undefined
      ? units.map((unit) => launcherFor(unit, longestName))
      : [launcherOfAll(units, shape.one)];
  return launchers.map((launcher) => jobOf(launcher, place, shape));
}

function jobOf(launcher: ContainedLauncher, place: ContainerPlace, shape: NomadShape): NomadJob {
  const { name, units } = launcher;
  const handed = [...place.secrets, ...handedTo(units)];
  // What a template reads is named without dashes.
  const files = handed.map((file) => ({ ...file, name: file.name.replaceAll("-", "_") }));
  const variable = { name: `nomad/jobs/${name}`, files };
  const task = nomadTask(launcher, place, { variable, hasConsul: shape.hasConsul });
  const job: HclBody = [
    ["type", "service"],
    "A bot that waits for its exit is no failed deployment.",
    { block: "update", body: [["max_parallel", 0]] },
    {
      block: "group",
      label: "launcher",
      body: [
        ["count", 1],
        { block: "disconnect", body: disconnect(shape) },
        "What ends is started again, however often.",
        { block: "restart", body: restart },
        { block: "task", label: "launcher", body: task },
      ],
    },
  ];
  return { name, text: hclText([{ block: "job", label: name, body: job }]), variable };
}

const restart: HclBody = [
  ["attempts", 3],
  ["interval", "5m"],
  ["delay", "15s"],
  ["mode", "delay"],
];

function disconnect({ isReplaced }: NomadShape): HclBody {
  return [
    "A launcher that the servers do not hear of is stopped.",
    ["stop_on_client_after", "10s"],
    isReplaced
      ? "Another node starts it meanwhile; the lease keeps that one waiting until this one is gone."
      : "Nomad starts no other one meanwhile; with `--replace` it would.",
    ["replace", isReplaced],
  ];
}
