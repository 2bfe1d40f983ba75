import {
  type ContainedLauncher,
  type ContainedUnit,
  type ContainerPlace,
  type HandedFile,
  handedTo,
  image,
  stopSecondsOf,
  variablesOf,
} from "./contained.ts";

/** A launcher as one Deployment runs it. */
export interface KubernetesLauncher extends ContainedLauncher {
  readonly component: string;
  readonly shown: string;
  readonly ready: readonly string[];
  readonly pool: { readonly key: string; readonly value: string } | undefined;
}

const credentials = "/run/credentials";
/** The Secret that all launchers share. */
export const keysSecret = "slipway-keys";

/** The pod of a launcher: no privilege that its tier does not need, secrets as files, a state that goes with it. */
export function podSpec(launcher: KubernetesLauncher, place: ContainerPlace) {
  const { units, pool } = launcher;
  const envFiles = handedTo(units);
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(place.tier === "kernel" ? { hostUsers: false } : {}),
    terminationGracePeriodSeconds: stopSecondsOf(units),
    securityContext: podSecurity(place),
    tolerations: ["not-ready", "unreachable"].map((what) => ({
      key: `node.kubernetes.io/${what}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 5,
    })),
    ...(pool === undefined ? {} : { nodeSelector: { [pool.key]: pool.value } }),
    containers: [container(launcher, place, envFiles)],
    volumes: [
      { name: "state", emptyDir: {} },
      { name: "keys", secret: secretSource(keysSecret, place.secrets) },
      ...(envFiles.length === 0 ? [] : [{ name: "env", secret: secretSource(launcher.name, envFiles) }]),
    ],
  };
}

function podSecurity({ tier }: ContainerPlace) {
  const user = {
    runAsNonRoot: true,
    runAsUser: image.user,
    runAsGroup: image.user,
    fsGroup: image.user,
  };
  if (tier === "preload") return { ...user, seccompProfile: { type: "RuntimeDefault" } };
  return { ...user, seccompProfile: { type: "Unconfined" }, appArmorProfile: { type: "Unconfined" } };
}

// Of a volume that is mounted whole the files are replaced by others when the Secret changes, and those nothing would hide from bots.
function container(launcher: KubernetesLauncher, place: ContainerPlace, envFiles: readonly HandedFile[]) {
  const handed = [
    ...place.secrets.map((file) => ({ volume: "keys", ...file })),
    ...envFiles.map((file) => ({ volume: "env", ...file })),
  ];
  const probe = (command: readonly string[], periodSeconds: number, failureThreshold: number) => ({
    exec: { command },
    periodSeconds,
    timeoutSeconds: 10,
    failureThreshold,
  });
  return {
    name: "launcher",
    image: place.image,
    command: launcher.words,
    workingDir: image.project,
    env: Object.entries(variablesOf(place, credentials)).map(([name, value]) => ({ name, value })),
    startupProbe: probe(launcher.live, 5, 24),
    livenessProbe: probe(launcher.live, 20, 3),
    readinessProbe: probe(launcher.ready, 10, 3),
    resources: resourcesOf(launcher.units),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "state", mountPath: image.volume },
      ...handed.map(({ volume, name, path }) => ({
        name: volume,
        mountPath: path,
        subPath: name,
        readOnly: true,
      })),
    ],
  };
}

// 0440: with fsGroup the files belong to root and to the group of the pod's user.
function secretSource(secretName: string, files: readonly HandedFile[]) {
  return { secretName, defaultMode: 0o440, items: files.map(({ name }) => ({ key: name, path: name })) };
}

/** A launcher, and a small bot beside it. */
const launcherMiB = 96;
const botMiB = 128;

// A limit below what a bot needs would kill it: only what launch.yaml itself limits is limited.
function resourcesOf(units: readonly ContainedUnit[]) {
  const limits = units.map(({ memoryLimitBytes }) => memoryLimitBytes);
  const known = limits.filter((bytes) => bytes !== undefined);
  const wanted = limits.reduce<number>((sum, bytes) => sum + (bytes ?? botMiB * mebibyte) / mebibyte, 0);
  const memory = `${Math.ceil(launcherMiB + wanted)}Mi`;
  return {
    requests: { cpu: `${50 + 50 * units.length}m`, memory },
    ...(known.length === limits.length
      ? { limits: { memory: `${Math.ceil(launcherMiB + 1.25 * wanted)}Mi` } }
      : {}),
  };
}

const mebibyte = 1_048_576;
