import type { KeyId, ProxyId } from "../domain/ids.ts";
import type { Credential, SealedCredential } from "../domain/proxy/credential.ts";
import type { ProxyScheme } from "../domain/proxy/proxy-endpoint.ts";

/** Seals credentials at rest and opens them at the edge. */
export interface Vault {
  /** Newest first; new credentials are sealed with the first. */
  readonly keyIds: readonly KeyId[];
  /** Binds the credential to the proxy inside the sealed plaintext. */
  seal(credential: Credential, proxy: SealSubject): SealedCredential;
  /** Never throws for a wrong key or a copied row: the reason says which. */
  open(sealed: SealedCredential, proxy: SealSubject): OpenedCredential;
  /** Opens with any key and seals with the first. */
  reseal(
    sealed: SealedCredential,
    proxy: SealSubject,
  ): { readonly kind: "sealed"; readonly sealed: SealedCredential } | UnopenedCredential;
  /**
   * The credential's fingerprint under every key, newest first: stored fingerprints are made under the key that sealed
   * the row, so "every proxy of that credential" is the rows whose fingerprint is any of these, also between
   * `keys new` and `keys rotate` (which re-seals every row, and with it every fingerprint, under the newest key).
   */
  fingerprints(credential: Credential, scheme: ProxyScheme): readonly string[];
}

/** The vault of a process that runs on while its keys are changed. */
export interface LiveVault extends Vault {
  /**
   * Takes up keys that were added since the last look; whether the vault holds others than before. Never rejects: keys that
   * cannot be read are said once for each change, and those held before stay.
   */
  refresh(): Promise<boolean>;
}

export interface SealSubject {
  readonly id: ProxyId;
  readonly label: string;
  readonly scheme: ProxyScheme;
}

export interface UnopenedCredential {
  readonly kind: "unopenable";
  /** Plain words naming the label and the key ids. */
  readonly why: string;
}

export type OpenedCredential =
  | {
      readonly kind: "opened";
      readonly credential: Credential;
      /** The row held the seed's bare `user:pass`. */
      readonly isLegacy: boolean;
    }
  | UnopenedCredential;
