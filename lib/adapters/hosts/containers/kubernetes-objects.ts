import {
  type ContainedUnit,
  type ContainerPlace,
  handedTo,
  launcherFor,
  launcherOfAll,
} from "./contained.ts";
import { type KubernetesLauncher, keysSecret, podSpec } from "./kubernetes-pod.ts";
import { labelOf } from "./label-names.ts";
import { networkPolicy } from "./network-policy.ts";
import { type Comments, yamlText } from "./yaml-text.ts";

/** The Deployments that a file has: one for each unit, or one launcher of all on the nodes of a pool. */
export type KubernetesShape =
  | { readonly kind: "each" }
  | {
      readonly kind: "one";
      /** The units that it is told of; none means all. */
      readonly names: readonly string[];
      /** The label of the nodes that it may run on; undefined: any. */
      readonly pool: { readonly key: string; readonly value: string } | undefined;
    };

/** Pods are named after their Deployment, with up to 17 characters behind it, and have to fit into 63. */
const longestName = 46;

/** Everything that a cluster is given: a NetworkPolicy, and for each launcher a Deployment with its PodDisruptionBudget. */
export function kubernetesFile(
  units: readonly ContainedUnit[],
  place: ContainerPlace,
  shape: KubernetesShape,
) {
  const launchers = shape.kind === "each" ? units.map(ofUnit) : [ofAll(units, shape)];
  const documents = [
    networkPolicy(place.privateTargets),
    ...launchers.flatMap((launcher) => [deployment(launcher, place), disruptionBudget(launcher)]),
  ];
  const own = launchers.map(({ name, units: its }) => ({ name, files: handedTo(its) }));
  return {
    text: documents.join("---\n"),
    /** What must be there before the pods start, and the files that each is made of. */
    secrets: [{ name: keysSecret, files: place.secrets }, ...own.filter(({ files }) => files.length > 0)],
    deployments: launchers.map(({ name }) => name),
  };
}

function ofUnit(unit: ContainedUnit): KubernetesLauncher {
  const { kind, name } = unit;
  const ready = ["launch", "check", `${kind}:${name}`, "--ready"];
  return { ...launcherFor(unit, longestName), component: kind, shown: name, ready, pool: undefined };
}

function ofAll(
  units: readonly ContainedUnit[],
  { names, pool }: Extract<KubernetesShape, { kind: "one" }>,
): KubernetesLauncher {
  const launcher = launcherOfAll(units, names);
  const label = pool === undefined ? "" : `-${labelOf(pool.value, longestName - launcher.name.length - 1)}`;
  return {
    ...launcher,
    name: `${launcher.name}${label}`,
    component: "up",
    shown: names.length === 0 ? "all" : names.join(" "),
    // Of two pools one has the bots, and the other waits for them all.
    ready: launcher.live,
    pool,
  };
}

function labelsOf({ name, component }: KubernetesLauncher) {
  return {
    "app.kubernetes.io/name": "slipway",
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/instance": name,
  };
}

function deployment(launcher: KubernetesLauncher, place: ContainerPlace): string {
  const labels = labelsOf(launcher);
  const object = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: launcher.name, labels, annotations: { "slipway/unit": launcher.shown } },
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(launcher, place) },
    },
  };
  return yamlText(object, deploymentComments(place));
}

function deploymentComments({ tier }: ContainerPlace): Comments {
  const pod = ["spec", "template", "spec"];
  const kernel: Comments = [
    [[...pod, "hostUsers"], "The pod's users are nobody on the node. Kubernetes 1.33 has this on."],
    [
      [...pod, "securityContext", "seccompProfile"],
      "A bot's own network is made with unshare, setns and mount, which the usual profile forbids.",
    ],
  ];
  return [
    [["spec", "replicas"], "A second copy would only wait for the lease of the first."],
    [[...pod, "terminationGracePeriodSeconds"], "The bot's own grace, and what ending takes beside it."],
    [
      [...pod, "tolerations"],
      "A pod of a node that is gone is replaced after 5 s, not 5 min: the lease keeps the first one out.",
    ],
    ...(tier === "kernel" ? kernel : []),
  ];
}

// A pod that waits may be moved at any time; one that trades only once an operator has stopped it.
function disruptionBudget(launcher: KubernetesLauncher): string {
  const labels = labelsOf(launcher);
  const object = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: launcher.name, labels },
    spec: { maxUnavailable: 0, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: labels } },
  };
  return yamlText(object, [
    [["spec", "maxUnavailable"], "A drain waits until an operator has stopped the bot."],
  ]);
}
