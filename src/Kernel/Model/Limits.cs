namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// What bounds memory and work whatever a peer asks for, where no setting of Kafka's says so. A bound that a setting gives stands in the
/// settings' table alone.
/// </summary>
public static class Limits
{
    /// <summary>What the records of one batch may come to when they are decompressed, whatever the batch claims.</summary>
    public const int DecompressedBatchBytes = 256 * 1024 * 1024;

    /// <summary>
    /// The same of a batch that the broker compresses anew for its topic: this much keeps a partition busy for a few tenths of a second.
    /// </summary>
    public const int RecompressedBatchBytes = 64 * 1024 * 1024;

    /// <summary>The same of a batch whose records are written anew one by one, which holds them all in memory.</summary>
    public const int RewrittenBatchBytes = 16 * 1024 * 1024;

    /// <summary>
    /// What a batch may become when it is turned into an older format for a reader: each of its records gains some thirty bytes there, also
    /// the smallest ones, of which a compressed batch may have millions.
    /// </summary>
    public static int TurnedBatchBytes(int batchBytes) => (int)Math.Min(int.MaxValue / 2, Math.Max(16L * 1024 * 1024, 6L * batchBytes));

    /// <summary>
    /// The elements of all arrays of one received message together, whatever the memory is: an empty one takes a byte or two on the wire
    /// and a hundred in memory.
    /// </summary>
    public const int MessageElements = 1_000_000;

    /// <summary>
    /// The same of a request: one for each 8 KiB of memory, because a request and its answer hold some hundred bytes for each, and several
    /// connections send such requests at once.
    /// </summary>
    public static int RequestElements(long memoryBytes) => (int)Math.Clamp(memoryBytes / 8192, 50_000, MessageElements);

    /// <summary>Records of one batch that are named with the reason when they are refused; the rest is counted.</summary>
    public const int RecordErrors = 10_000;

    /// <summary>Requests of one connection that overlap; beyond it reading pauses.</summary>
    public const int RequestsInFlightPerConnection = 16;

    /// <summary>
    /// A request up to this size begins as soon as it may; of larger ones that name things, only some are worked on at a time. It is what
    /// two thousand elements of a few bytes take, which are some milliseconds of work.
    /// </summary>
    public const int SmallRequestBytes = 8 * 1024;

    /// <summary>
    /// The same for a request whose bytes are mostly records, which its size says nothing about: the elements of its arrays.
    /// </summary>
    public const int SmallRequestElements = 256;

    /// <summary>
    /// Connections that wait to be accepted, if the system lets so many wait. When hundreds come at once beyond it, the system drops the
    /// others' first packets, and whoever means well among them tries again only after 1, 3 and 7 s.
    /// </summary>
    public const int ListenBacklog = 4096;

    /// <summary>
    /// Flushes of one log dir that are under way at once. Each takes a thread, which does nothing but wait, and flushes share what the disk
    /// does: on ext4 16 files at a time become durable at ten times the rate of one, and 32 at 15 times.
    /// </summary>
    public const int FlushesAtOnce = 16;

    /// <summary>How long a fetch waits for records at most; a client may ask for any time.</summary>
    public const int FetchWaitMs = 5 * 60 * 1000;

    /// <summary>
    /// What groups and committed offsets take, about: an eighth of the memory. Beyond it, what would add to them is refused; what replaces
    /// something as large is not.
    /// </summary>
    public static long GroupBytes(long memoryBytes) => memoryBytes / 8;

    /// <summary>
    /// Transactional ids that a broker remembers, of which each takes about a kilobyte with the partitions of its transaction: a sixteenth
    /// of the memory. Beyond it new ids are refused.
    /// </summary>
    public static int TransactionalIds(long memoryBytes) => (int)Math.Min(int.MaxValue, memoryBytes / 16 / 1024);

    /// <summary>
    /// Partitions in all fetch sessions together, of which each takes about 256 bytes: a sixteenth of the memory. Whoever gets no session
    /// names its partitions with each request.
    /// </summary>
    public static long FetchSessionPartitions(long memoryBytes) => memoryBytes / 16 / 256;

    /// <summary>
    /// Idempotent producers that all logs remember together, of which each takes about 256 bytes: a sixteenth of the memory. Beyond it the
    /// logs with the most forget those that have not written for longest.
    /// </summary>
    public static int Producers(long memoryBytes) => (int)Math.Min(int.MaxValue, memoryBytes / 16 / 256);

    /// <summary>
    /// Idle buffers that are kept for the next received frames, over all connections, and the largest of them; what comes back beyond it is
    /// left to the collector.
    /// </summary>
    public const int KeptFramesBytes = 32 * 1024 * 1024, KeptFrameBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Partitions that one request creates, as in KRaft, or adds to one topic; ZooKeeper could not take a much larger node.
    /// </summary>
    public const int PartitionsCreated = 10_000;

    /// <summary>
    /// Partitions of a cluster, of which each takes about 10 KiB with its log, its replica, its znodes and what the controller and the
    /// metadata know of it: a quarter of the memory. Beyond it more are refused.
    /// </summary>
    public static int Partitions(long memoryBytes) => (int)Math.Min(int.MaxValue, memoryBytes / 4 / (10 * 1024));

    /// <summary>Topics that are created because their metadata is asked for: so many at once, and then so many a second.</summary>
    public const int AutoCreatedTopicsAtOnce = 500, AutoCreatedTopicsPerSecond = 20;

    /// <summary>A znode's data in the embedded store: the <c>jute.maxbuffer</c> that Kafka sets.</summary>
    public const int ZnodeBytes = 4 * 1024 * 1024;

    /// <summary>What one flush of the embedded store makes durable; a commit is not put off beyond it.</summary>
    public const int StoreCommitBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Requests that wait for ZooKeeper, about: a controller that takes over asks for each partition's state at once, which are a million
    /// partitions.
    /// </summary>
    public const long ZooKeeperWaitingBytes = 256 * 1024 * 1024;

    /// <summary>
    /// Connections to ZooKeeper in a row that end on one request before it is given up, where it is larger than ZooKeeper takes by default,
    /// or its answer is larger than a frame may be.
    /// </summary>
    public const int ConnectionsEndedByARequest = 3, ZooKeeperDefaultFrameBytes = 0xfffff;

    /// <summary>How long a broker tries to have producer ids of the controller before it tells its producers to ask again.</summary>
    public static readonly TimeSpan ProducerIdsWait = TimeSpan.FromSeconds(2);

    /// <summary>Requests that wait behind one append of a coordinator's partition; beyond it they are refused.</summary>
    public const int CoordinatorWaitingEvents = 100_000;

    /// <summary>
    /// A batch of a coordinator's tombstones, which any broker's <c>message.max.bytes</c> takes; more of them become more batches.
    /// </summary>
    public const int TombstoneBatchBytes = 256 * 1024;

    /// <summary>Partitions that one request of the transaction coordinator tells how transactions have ended; more of them wait.</summary>
    public const int MarkersOfARequest = 10_000;

    /// <summary>Transactions that one request to a transaction coordinator asks about; more of them wait.</summary>
    public const int VerificationsOfARequest = 1_000;

    /// <summary>
    /// Partitions of which is kept why a decision of the controller about them was refused, so that it is logged once; beyond it some are
    /// logged again.
    /// </summary>
    public const int RefusedPartitions = 10_000;

    /// <summary>
    /// Partitions without a replica here of which is kept in which log dir it is to be made; beyond it some are forgotten.
    /// </summary>
    public const int WantedLogDirs = 100_000;

    /// <summary>The text of a client's making in one log line, in characters.</summary>
    public const int LoggedTextCharacters = 128;

    /// <summary>How the bounds relate; asserted once at the start of a broker.</summary>
    public static void Check()
    {
        Invariant.Holds(KeptFrameBytes <= KeptFramesBytes);
        Invariant.Holds(ZnodeBytes <= StoreCommitBytes);
        Invariant.Holds(PartitionsCreated <= RequestElements(0) && SmallRequestElements <= RequestElements(0));
        Invariant.Holds(ZooKeeperDefaultFrameBytes <= ZnodeBytes && ZnodeBytes <= ZooKeeperWaitingBytes);
    }
}
