export declare class FakeClock implements Clock {
    private time;
    private sleepers;
    now(): Instant;
    after(delay: Duration, task: () => void): () => void;
    pending(): number;
    advance(span: Duration): Promise<void>;
    pause(span: Duration): Promise<void>;
    private due;
}

export interface FakeHost extends AnnouncerHost {
    readonly lines: LogLine[];
    readonly observations: Observation[];
    readonly metrics: FakeMetrics;
    readonly grants: GrantBook;
    readonly secrets: Map<string, Secret>;
}

export declare class FakeMetrics implements MetricScope {
    readonly specs: Map<string, MetricSpec>;
    private readonly series;
    counter(spec: MetricSpec): {
        add(labels: Labels, by?: number): void;
        remove(labels: Labels): void;
    };
    gauge(spec: MetricSpec): {
        set(labels: Labels, value: number): void;
        remove(labels: Labels): void;
        replace(values: Iterable<readonly [
            Labels,
            number
        ]>): void;
    };
    histogram(spec: MetricSpec): {
        observe(labels: Labels, value: number): void;
    };
    value(name: string, labels: Labels): number;
    has(name: string, labels: Labels): boolean;
    seriesCount(): number;
    private put;
}

export declare class GrantBook {
    readonly fence: Fence;
    private readonly node;
    private readonly cells;
    private readonly grants;
    private readonly freeSlots;
    private nextSlot;
    private counter;
    private suspended;
    constructor(options: GrantBookOptions);
    grant(address: Address, { after, handover, fresh }?: GrantTerms): Grant | undefined;
    held(address: Address): Grant | undefined;
    addresses(): readonly Address[];
    revoke(address: Address): void;
    retain(addresses: ReadonlySet<Address>): void;
    suspend(): void;
    resume(): void;
}

export interface GrantTerms {
    readonly after?: number;
    readonly handover?: boolean;
    readonly fresh?: boolean;
}

export interface LogLine {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly message: string;
    readonly fields: LogFields;
}

export declare class MemoryNetwork {
    private readonly announced;
    private readonly watchers;
    private isUp;
    get up(): boolean;
    set up(up: boolean);
    watch(watcher: () => void): () => void;
    announce(address: Address, permitted: () => boolean): void;
    withdraw(address: Address): void;
    heard(): ReadonlySet<Address>;
}

export interface PropertyResult {
    readonly sentence: string;
    readonly outcome: 'holds' | 'fails' | 'not declared';
    readonly error?: unknown;
}

export interface Subject {
    readonly plugin: LoadedPlugin;
    readonly config: unknown;
    readonly invalidConfig: unknown;
    readonly addresses: readonly [
        Address,
        Address,
        Address,
        ...Address[]
    ];
    readonly offers?: readonly Offer[];
    readonly resources?: Readonly<Record<string, readonly Resource[]>>;
    readonly secrets?: Readonly<Record<string, Secret>>;
    observe(): Promise<ReadonlySet<Address>>;
    readonly impossible?: Address;
    readonly outage?: {
        begin(): Promise<void>;
        end(): Promise<void>;
    };
    readonly leftovers?: {
        plant(address: Address): Promise<void>;
    };
    readonly clock?: Clock;
    pass?(): Promise<void>;
    readonly patience?: number;
    readonly grace?: Duration;
    dispose(): Promise<void>;
}

export type SubjectFactory = () => Promise<Subject>;

export interface TestRunner {
    describe(name: string, body: () => void): unknown;
    it(name: string, body: () => Promise<void>, timeout: number): unknown;
}

export declare function announcerConformance(runner: TestRunner, name: string, factory: SubjectFactory): Promise<void>;

export declare function checkConformance(factory: SubjectFactory, { within }?: {
    readonly within?: number;
}): Promise<PropertyResult[]>;

export declare function fakeHost(options?: {
    readonly node?: string;
    readonly clock?: Clock;
    readonly random?: Random;
}): FakeHost;

export declare function fakeRandom(...numbers: readonly number[]): Random;

export declare function memoryPlugin(network: MemoryNetwork): LoadedPlugin;

export declare function pluginConformance(runner: TestRunner, path: string, workerScript?: URL): Promise<void>;

export declare function settle(): Promise<void>;
