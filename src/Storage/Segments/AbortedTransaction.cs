namespace KafkaCompatBroker.Storage.Segments;

/// <summary>A transaction that was aborted and has records in the log. KIP-98.</summary>
/// <param name="FirstOffset">Of its records.</param>
/// <param name="LastOffset">That of the marker which aborted it.</param>
/// <param name="LastStableOffset">Where the log's last stable offset stood once it was aborted.</param>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);
