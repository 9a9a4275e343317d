namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>A batch's codec: bits 0–2 of its attributes.</summary>
public enum CompressionType : byte
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>Who set a batch's timestamps: bit 3 of its attributes, and <c>message.timestamp.type</c>.</summary>
public enum TimestampType : byte
{
    CreateTime = 0,
    /// <summary>All records have the batch's maxTimestamp, which the leader set when it appended.</summary>
    LogAppendTime = 1,
}
