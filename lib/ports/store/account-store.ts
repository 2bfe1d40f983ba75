import type { Account } from "../../domain/account.ts";
import type { Assignment, AssignmentStatus } from "../../domain/assignment.ts";
import type { AccountId, AssignmentId, ProxyId } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { Registration } from "../../domain/reputation/registration.ts";
import type { AccountFacts, HeldFacts } from "../../domain/selection/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";

export interface AccountStore {
  /** Rejects with UsageError LAUNCH_ALREADY_EXISTS. */
  create(account: Account): Promise<void>;
  find(name: string): Promise<Account | undefined>;
  list(): Promise<readonly Account[]>;
  /** The ids of those with these names, by name: of a large fleet few are to be read. */
  idsOf(names: readonly string[]): Promise<ReadonlyMap<string, AccountId>>;
  /** The names of those that differ from one of these at most in case: of a large fleet few are to be read. */
  namesLike(names: readonly string[]): Promise<readonly string[]>;
  update(id: AccountId, change: Partial<Omit<Account, "id" | "name" | "wanted">>): Promise<void>;
  /** Removes the account with its assignments; its history stays. */
  remove(id: AccountId): Promise<void>;

  /** Creates the assignment, or gives the present one the new priority and takes it out of `disabled`. */
  assign(assignment: NewAssignment): Promise<Assignment>;
  /** Creates many at once; those that are there stay as they are. */
  assignMany(assignments: readonly NewAssignment[]): Promise<void>;
  /** False when there was none. */
  unassign(accountId: AccountId, proxyId: ProxyId): Promise<boolean>;
  assignments(filter?: {
    readonly accountId?: AccountId;
    readonly proxyId?: ProxyId;
  }): Promise<readonly Assignment[]>;
  updateAssignment(id: AssignmentId, change: AssignmentChange): Promise<void>;

  /** Makes this the list of the exits that the account's venues know; an empty one is no list. What stays on it keeps its beginning. */
  register(id: AccountId, list: RegisteredList): Promise<void>;
  /** All that ever were on the list, oldest first. */
  registrations(id: AccountId): Promise<readonly Registration[]>;

  /** All that selection reads about one account, in one round trip; undefined when the account is gone. */
  facts(accountId: AccountId): Promise<AccountFacts | undefined>;
  /** The part of the facts that concerns the exit in use, which costs little to ask; undefined when the account is gone. */
  heldFacts(accountId: AccountId, assignmentId: AssignmentId): Promise<HeldFacts | undefined>;
  /** What the runs of accounts do not tell, in one round trip; an account that is not named stands as its run does. */
  standings(): Promise<ReadonlyMap<AccountId, AccountStanding>>;
  /** Accounts of which no run is known, by name, each with the proxy that is first in its order. */
  neverRun(): Promise<readonly UnusedAccount[]>;
}

export interface AccountStanding {
  /** By an operator. */
  readonly isHeld: boolean;
  /** One of its venues asks the exit that it holds for a pause until then. */
  readonly waitsUntil: Instant | undefined;
}

/** The list as an operator gave it. */
export interface RegisteredList {
  readonly exitIps: readonly IpAddress[];
  readonly at: Instant;
  /** `user:<name>`. */
  readonly by: string;
}

/** The wish that an account may use a proxy, before it is stored. */
export interface NewAssignment {
  readonly id: AssignmentId;
  readonly accountId: AccountId;
  readonly proxyId: ProxyId;
  readonly priority: number;
}

export interface AssignmentChange {
  readonly status?: AssignmentStatus;
  readonly failures?: number;
  readonly cooldownUntil?: Instant | undefined;
  readonly lastCheckedAt?: Instant;
  readonly lastLeasedAt?: Instant;
  readonly priority?: number;
}

/** An account whose bot has not run. */
export interface UnusedAccount {
  readonly id: AccountId;
  readonly name: string;
  /** Undefined where none is assigned. */
  readonly proxyLabel: string | undefined;
  /** Where that proxy is expected to leave. */
  readonly expectedIp: IpAddress | undefined;
}
