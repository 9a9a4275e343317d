namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>What one compaction goes by.</summary>
/// <param name="FirstDirtyOffset">From there on records have not been compacted.</param>
/// <param name="EndOffset">A segment's base: nothing from there on is looked at. Its last batch stays, if empty, so that the offset is
/// not lost.</param>
/// <param name="NowMs">The time that delete horizons are told by.</param>
/// <param name="LegacyDeleteHorizonMs">
/// In formats 0 and 1, which have no horizon in their batches, tombstones go in segments that were last written by then.
/// </param>
internal sealed record CleaningScope(long FirstDirtyOffset, long EndOffset, long NowMs, long LegacyDeleteHorizonMs);
