namespace KafkaCompatBroker.Storage.Segments;

/// <summary>Where a batch lies in its segment; size 0 stands for the end of the segment's batches.</summary>
internal readonly record struct BatchPosition(int Position, int SizeInBytes, long BaseOffset);
