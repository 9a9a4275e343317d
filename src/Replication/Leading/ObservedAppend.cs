namespace KafkaCompatBroker.Replication.Leading;

/// <summary>Told of an append twice: when it is in the log, and when it is committed. Called on the partition's loop.</summary>
public interface IAppendObserver
{
    /// <summary>
    /// The records are in the leader's log, or nowhere when the outcome has an error; then <see cref="Committed"/> does not follow.
    /// </summary>
    void Appended(AppendOutcome outcome);

    /// <summary>
    /// The high watermark has passed the records; an error says that it is not known (leadership lost, a bug of ours) or that too few
    /// replicas have them.
    /// </summary>
    void Committed(KafkaError error);
}

/// <summary>An append of a coordinator, which goes on with its next event before this one is committed.</summary>
internal sealed class ObservedAppend(IAppendObserver observer) : LeaderAppend
{
    private bool appended;

    public override void Appended()
    {
        appended = true;
        observer.Appended(Outcome);
    }

    public override void Complete(AppendOutcome outcome)
    {
        if (appended)
            observer.Committed(outcome.Error);
        else
            observer.Appended(outcome);
    }
}
