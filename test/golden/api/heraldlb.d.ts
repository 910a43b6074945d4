export type Address = string & {
    readonly [address]: true;
};

export interface Announcer {
    open(signal: AbortSignal): Promise<void>;
    reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus>;
    close(): Promise<void>;
}

export interface AnnouncerHost {
    readonly node: string;
    readonly log: Logger;
    readonly metrics: MetricScope;
    readonly clock: Clock;
    readonly random: Random;
    readonly fence: Fence;
    secret(ref: {
        readonly namespace?: string;
        readonly name: string;
    }): Promise<Secret>;
    report(observation: Observation): void;
}

export interface AnnouncerPlugin<Config> {
    readonly api: 1;
    readonly name: string;
    readonly version?: string;
    readonly placement: Placement;
    readonly fencing: FenceStrength;
    readonly resources: readonly string[];
    readonly optionsSchema: JsonSchema;
    readonly unsupported: readonly Unsupported[];
    readonly singleRouter?: boolean;
    readonly witnesses?: boolean;
    readonly surveys?: boolean;
    readonly drains?: boolean;
    parseConfig(input: unknown): Config | Promise<Config>;
    create(config: Config, host: AnnouncerHost): Announcer;
}

export interface AnnouncerStatus {
    readonly generation: number;
    readonly targets: readonly TargetStatus[];
}

export interface Clock {
    now(): Instant;
    after(delay: Duration, task: () => void): () => void;
}

export declare class ConfigError extends Error {
    readonly name = "ConfigError";
    readonly path: string;
    constructor(fault: {
        readonly path: string;
        readonly found: string;
        readonly allowed: string;
    });
}

export interface Counter {
    add(labels: Labels, by?: number): void;
    remove(labels: Labels): void;
}

export interface DesiredState {
    readonly generation: number;
    readonly targets: readonly Target[];
    readonly resources: Readonly<Record<string, readonly Resource[]>>;
    readonly watched?: readonly Address[];
    readonly candidates?: readonly (Pick<Target, 'address' | 'offers'> & {
        readonly question: string;
    })[];
    readonly changed?: {
        readonly since: number;
        readonly keys: readonly Address[];
    };
}

export type Duration = number & {
    readonly [duration]: true;
};

export interface Epoch {
    readonly counter: number;
    readonly node: string;
}

export type Family = 'IPv4' | 'IPv6';

export interface Fence {
    readonly memory: SharedArrayBuffer;
    permits(grant: Grant): boolean;
}

export interface FenceEvents {
    readonly closed: readonly Address[];
    readonly opened: readonly Address[];
}

export type FenceStrength = 'frame' | 'message' | 'none';

export declare class FenceWatch {
    private readonly fence;
    private readonly clock;
    private readonly changed;
    private grants;
    private shut;
    private cancel;
    constructor(deps: {
        readonly fence: Fence;
        readonly clock: Clock;
        readonly changed: (events: FenceEvents) => void;
    });
    watch(targets: readonly Target[]): void;
    stop(): void;
    private isShut;
    private schedule;
    private glance;
}

export interface Finding {
    readonly answeredBy?: {
        readonly hardwareAddress: string;
        readonly via: string;
    };
    readonly unasked?: string;
}

export interface Gauge {
    set(labels: Labels, value: number): void;
    remove(labels: Labels): void;
}

export interface Grant {
    readonly epoch: Epoch;
    readonly slot: number;
    readonly handover?: true;
    readonly fresh?: true;
}

export interface Histogram {
    observe(labels: Labels, value: number): void;
}

export type Instant = number & {
    readonly [instant]: true;
};

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
    readonly [key: string]: Json;
}

export interface JsonSchema {
    readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
    readonly description?: string;
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
    readonly items?: JsonSchema;
    readonly enum?: readonly Json[];
    readonly default?: Json;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly pattern?: string;
    readonly format?: string;
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly additionalProperties?: boolean | JsonSchema;
    readonly nullable?: boolean;
    readonly 'x-kubernetes-int-or-string'?: boolean;
    readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

export type Labels = Readonly<Record<string, string>>;

export type LoadedPlugin = AnnouncerPlugin<unknown> & {
    readonly [brand]: true;
};

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
    debug(message: string, fields?: LogFields): void;
    info(message: string, fields?: LogFields): void;
    warn(message: string, fields?: LogFields): void;
    error(message: string, fields?: LogFields): void;
    child(fields: LogFields): Logger;
}

export interface MetricScope {
    counter(spec: MetricSpec): Counter;
    gauge(spec: MetricSpec): Gauge;
    histogram(spec: MetricSpec): Histogram;
}

export interface MetricSpec {
    readonly name: string;
    readonly help: string;
    readonly labels: readonly string[];
    readonly buckets?: readonly number[];
}

export type Observation = ({
    readonly kind: 'target';
} & TargetStatus) | {
    readonly kind: 'peer';
    readonly peer: string;
    readonly state: string;
    readonly reason?: string;
    readonly message?: string;
} | {
    readonly kind: 'conflict';
    readonly address: Address;
    readonly hardwareAddress: string;
    readonly via: string;
} | ({
    readonly kind: 'candidate';
    readonly address: Address;
    readonly question: string;
} & Finding) | {
    readonly kind: 'reach';
    readonly subnets: readonly string[];
} | {
    readonly kind: 'wake';
    readonly reason: string;
};

export interface Offer {
    readonly advertisement: string;
    readonly options: Readonly<Record<string, Json>>;
    readonly resources?: Readonly<Record<string, readonly string[]>>;
}

export type Placement = 'one-node' | 'every-node';

export interface Random {
    next(): number;
}

export interface Resource {
    readonly name: string;
    readonly revision: string;
    readonly spec: Readonly<Record<string, Json>>;
}

export type Secret = Readonly<Record<string, Uint8Array>>;

export interface ServiceFacts {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly localEndpoints: number;
    readonly totalEndpoints: number;
}

export type Stage = 'arm' | 'serve' | 'retire';

export interface Target {
    readonly address: Address;
    readonly services: readonly ServiceFacts[];
    readonly offers: readonly Offer[];
    readonly stage: Stage;
    readonly grant?: Grant;
}

export interface TargetStatus {
    readonly address: Address;
    readonly phase: 'armed' | 'serving' | 'pending' | 'silent' | 'failed';
    readonly via?: readonly string[];
    readonly reason?: string;
    readonly message?: string;
}

export interface Unsupported {
    readonly kind: string;
    readonly field: string;
    readonly reason: string;
}

export declare function addressFromBytes(bytes: Uint8Array): Address;

export declare const brand: unique symbol;

export declare function bytesOf(address: Address): Uint8Array;

export declare function compareAddresses(a: Address, b: Address): number;

export declare function definePlugin<Config>(plugin: AnnouncerPlugin<Config>): LoadedPlugin;

export declare function familyOf(address: Address): Family;

export declare function fenceOver(memory: SharedArrayBuffer, monotonic?: () => number): Fence;

export declare const milliseconds: (n: number) => Duration;

export declare function parseAddress(text: string): Address | undefined;

export declare const seconds: (n: number) => Duration;
