namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>Where a batch of magic 2 has its fields, for cases that falsify one.</summary>
internal static class BatchLayout
{
    public const int BatchLengthAt = 8;
    public const int PartitionLeaderEpochAt = 12;
    public const int MagicAt = 16;
    public const int AttributesAt = 21;
    public const int LastOffsetDeltaAt = 23;
    public const int MaxTimestampAt = 35;
    public const int RecordCountAt = 57;
    public const int HeaderBytes = 61;
    public const byte LogAppendTimeBit = 0x08;
}
