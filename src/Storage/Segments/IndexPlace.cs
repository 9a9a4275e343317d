namespace KafkaCompatBroker.Storage.Segments;

/// <summary>Where an index file is; renamed with its segment, and from the name it has while it is built.</summary>
internal sealed class IndexPlace(SegmentFiles files, string suffix, string newName)
{
    private volatile string newName = newName;

    /// <summary>Makes the file when it is absent.</summary>
    public IDiskFile OpenOrMake() => files.OpenIndex(suffix, newName, DiskOpenMode.OpenOrCreate);

    public IDiskFile Open() => files.OpenIndex(suffix, newName, DiskOpenMode.Existing);

    /// <summary>Null when the file is gone.</summary>
    public IDiskFile? TryOpen()
    {
        try
        {
            return files.OpenIndex(suffix, newName, DiskOpenMode.ReadOnly);
        }
        catch (DiskError error) when (error.Kind == DiskErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>The file has got its name.</summary>
    public void PutInPlace() => newName = "";
}
