import {
  type LocalTarget,
  type PublishedPort,
  parseLocal,
  parsePublish,
} from "../../domain/run/reach/bypass.ts";
import { ConfigError } from "../../errors.ts";

/** An entry of `local`; throws ConfigError LAUNCH_CONFIG_INVALID for a public or unreadable one. */
export function requireLocal(entry: string): LocalTarget {
  const target = parseLocal(entry);
  if (target !== undefined) return target;
  const message = `"${entry}" under local is not a loopback or private host:port.`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", message, {
    hint: "Write it as 5432, 10.0.0.5:5432 or [::1]:6379; a public target goes through the proxy.",
  });
}

/** An entry of `publish`; throws ConfigError LAUNCH_CONFIG_INVALID for an unreadable one. */
export function requirePublished(entry: string): PublishedPort {
  const published = parsePublish(entry);
  if (published !== undefined) return published;
  const message = `"${entry}" under publish is not address:outside:inside.`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", message, {
    hint: "Write it as 127.0.0.1:8080:3000: the address and port of this host, then the bot's port.",
  });
}
