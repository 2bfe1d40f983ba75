import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { KeyId } from "../../domain/ids.ts";
import type { Credential, SealedCredential } from "../../domain/proxy/credential.ts";
import type { ProxyScheme } from "../../domain/proxy/proxy-endpoint.ts";
import { ConfigError } from "../../errors.ts";
import type { OpenedCredential, SealSubject, UnopenedCredential, Vault } from "../../ports/vault.ts";
import { type FernetKey, fernetKey, openTokenWithAny, sealToken } from "./fernet.ts";
import { bytesOfKey, type MasterKey } from "./master-key.ts";
import { decodePlaintext, encodePlaintext } from "./sealed-plaintext.ts";

interface VaultKey {
  readonly id: KeyId;
  readonly fernet: FernetKey;
  readonly fingerprint: KeyObject;
}
type Opened = Extract<OpenedCredential, { kind: "opened" }> & { readonly sealedAtSeconds: bigint };

/** Opens the vault over its keys, newest first; throws ConfigError when there is none. */
export function openVault(masterKeys: readonly MasterKey[], nowMs: () => number = Date.now): Vault {
  const keys = masterKeys.map(vaultKeyOf);
  const [first] = keys;
  if (first === undefined) throw noKeyError();

  return {
    keyIds: keys.map((key) => key.id),
    seal: (credential, proxy) =>
      sealWith(first, { credential, proxy, sealedAtSeconds: BigInt(Math.floor(nowMs() / 1000)) }),
    open: (sealed, proxy) => {
      const opened = openWith(keys, sealed, proxy);
      if (opened.kind === "unopenable") return opened;
      return { kind: "opened", credential: opened.credential, isLegacy: opened.isLegacy };
    },
    reseal: (sealed, proxy) => {
      const opened = openWith(keys, sealed, proxy);
      if (opened.kind === "unopenable") return opened;
      return { kind: "sealed", sealed: sealWith(first, { ...opened, proxy }) };
    },
    fingerprints: (credential, scheme) =>
      keys.map((key) => fingerprintOf(key.fingerprint, credential, scheme)),
  };
}

function vaultKeyOf(key: MasterKey): VaultKey {
  const bytes = bytesOfKey(key);
  return { id: key.id, fernet: fernetKey(bytes), fingerprint: fingerprintKey(bytes) };
}

function sealWith(
  key: VaultKey,
  content: {
    readonly credential: Credential;
    readonly proxy: SealSubject;
    readonly sealedAtSeconds: bigint;
  },
): SealedCredential {
  const { credential, proxy, sealedAtSeconds } = content;
  const plaintext = encodePlaintext(credential, proxy.id);
  return {
    token: sealToken(key.fernet, { plaintext, sealedAtSeconds }),
    keyId: key.id,
    fingerprint: fingerprintOf(key.fingerprint, credential, proxy.scheme),
  };
}

function openWith(
  keys: readonly VaultKey[],
  sealed: SealedCredential,
  proxy: SealSubject,
): Opened | UnopenedCredential {
  const content = openTokenWithAny(
    keys.map((key) => key.fernet),
    sealed.token,
  );
  if (content === undefined) return unopenable(whyNoKeyFits(keys, sealed, proxy.label));
  const { plaintext, sealedAtSeconds } = content;
  const reading = decodePlaintext(plaintext);
  switch (reading.kind) {
    case "legacy":
      return { kind: "opened", credential: reading.credential, isLegacy: true, sealedAtSeconds };
    case "bound":
      if (reading.proxyId !== proxy.id)
        return unopenable(
          `The credential stored for proxy "${proxy.label}" (${proxy.id}) was sealed for another proxy (${reading.proxyId}): its row was copied.`,
        );
      return { kind: "opened", credential: reading.credential, isLegacy: false, sealedAtSeconds };
    case "newer":
      return unopenable(
        `The credential of proxy "${proxy.label}" was sealed by a newer Slipway (form ${reading.version}; this one reads 1).`,
      );
    case "unreadable":
      return unopenable(
        `The credential of proxy "${proxy.label}" could be opened, but contains neither a sealed credential nor "user:pass".`,
      );
  }
}

function whyNoKeyFits(keys: readonly VaultKey[], sealed: SealedCredential, label: string): string {
  const present = keys.map((key) => key.id).join(", ");
  const { keyId } = sealed;
  if (keyId === "")
    return `The credential of proxy "${label}" cannot be opened with any of the present keys (${present}).`;
  if (keys.some((key) => key.id === keyId))
    return `The credential of proxy "${label}" cannot be opened with its key ${keyId}: the stored text is damaged.`;
  return `The credential of proxy "${label}" was sealed with key ${keyId}, which is not among the present keys (${present}).`;
}

function unopenable(why: string): UnopenedCredential {
  return { kind: "unopenable", why };
}

function noKeyError(): ConfigError {
  return new ConfigError("LAUNCH_MASTER_KEY_MISSING", "The vault has no master key.", {
    hint: "Run `launch init` to make one.",
  });
}

const purpose = "slipway credential fingerprint v1";
const hexDigits = 32;

/** The key under which fingerprints are made: derived from the master key, so that it can open nothing. */
function fingerprintKey(masterKeyBytes: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", masterKeyBytes, "", purpose, 32)));
}

/**
 * Names a credential without telling it: 32 hex digits of HMAC-SHA256 over scheme, user and secret.
 * Without the key nobody can test guesses of a password against it.
 */
function fingerprintOf(key: KeyObject, credential: Credential, scheme: ProxyScheme): string {
  const { user, secret } = credential;
  // JSON keeps the three apart: no user can be made to run into the secret.
  const message = JSON.stringify([scheme, user, secret.reveal()]);
  return createHmac("sha256", key).update(message).digest("hex").slice(0, hexDigits);
}
