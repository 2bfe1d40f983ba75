import { type NotifySettings, type SealedFile, secretPaths } from "../../domain/alerts/notify-settings.ts";
import type { KeyId } from "../../domain/ids.ts";
import type { HostInspector } from "../../ports/host/host-inspector.ts";
import type { ListedChannel } from "../alerts/list-channels.ts";
import { type Finding, failed, fine, uncertain } from "./finding.ts";

/** Looks at whom alerts reach: the files of their secrets, and what the launchers met. Nothing is sent. */
export async function checkAlerts(
  notify: NotifySettings,
  seen: {
    readonly inspector: HostInspector;
    readonly channels: readonly ListedChannel[];
    readonly sealed: readonly SealedFile[];
    /** Those that this host holds. */
    readonly keyIds: readonly KeyId[];
  },
): Promise<readonly Finding[]> {
  const { inspector, channels, sealed, keyIds } = seen;
  const plain = secretPaths(notify).filter((each) => !sealed.some(({ path }) => path === each));
  const files = await Promise.all(plain.map((path) => checkSecret(inspector, path)));
  const shut = sealed
    .filter(({ keyId }) => !keyIds.includes(keyId))
    .map(({ path, keyId }) =>
      failed(
        "alerts",
        `${path} is sealed with key ${keyId}, which is not here.`,
        `launch notify seal ${path} --stdin`,
      ),
    );
  const failing = channels
    .filter(({ state }) => state === "failing")
    .map(({ name, error }) => uncertain(`channel ${name}`, error ?? "fails", `launch notify test ${name}`));
  const found = [...files.flat(), ...shut, ...failing];
  const names = [...notify.channels, ...notify.pings].map(({ name }) => name);
  return found.length > 0 ? found : [fine("alerts", `go to ${names.join(", ")}`)];
}

async function checkSecret(inspector: HostInspector, path: string): Promise<readonly Finding[]> {
  const facts = await inspector.look(path);
  if (facts.kind === "absent")
    return [
      failed(
        "alerts",
        `${path} is not there: it has to hold a secret of notify.`,
        `install -m 600 /dev/stdin ${path}`,
      ),
    ];
  if (!("mode" in facts) || (facts.mode & 0o077) === 0) return [];
  return [failed("alerts", `${path} can be read by others.`, `chmod 600 ${path}`)];
}
