namespace KafkaCompatBroker.Tests.Simulation.Znodes;

/// <summary>
/// What a store was told, kept outside it: the tree after each request in the order asked, and up to which of them it has answered. After a
/// crash the store may be at any of the requests from the last answered one on, and nowhere in between; which it is, the first look after
/// the next start tells.
/// </summary>
internal sealed class StoreHistory
{
    /// <summary>The tree after each request since the last look; the first is that look.</summary>
    private List<ZnodeModel> line = [new ZnodeModel()];
    private int answered;
    /// <summary>What a start may find.</summary>
    private List<ZnodeModel> possible = [];

    /// <summary>The tree when all that was asked has been done.</summary>
    public ZnodeModel Latest => line[^1];

    /// <summary>Adds a request, which changes the tree; its place in the line.</summary>
    public int Ask(Action<ZnodeModel> request)
    {
        var next = Latest.Copy();
        request(next);
        line.Add(next);
        return line.Count - 1;
    }

    /// <summary>An answer has been seen: that request, and all before it, must survive everything.</summary>
    public void Answered(int place)
    {
        Assert.True(place >= answered, "an answer overtook an earlier one");
        answered = place;
    }

    /// <summary>The process is gone.</summary>
    public void Crashed() => possible = [.. line.Skip(answered)];

    /// <summary>A start has ended in a crash or a disk error, before or after it deleted the ephemeral nodes of before.</summary>
    public void OpenFailed() => possible = [.. possible, .. possible.Select(Restarted)];

    /// <summary>A start has been done; the ephemeral nodes of before are durably gone.</summary>
    public void Opened() => possible = [.. possible.Select(Restarted)];

    /// <summary>A first session was asked for and not answered.</summary>
    public void SessionFailed() => possible = [.. possible, .. possible.Select(WithSession)];

    /// <summary>What the first session reads is what there is from now on.</summary>
    public void Found(string text, long sessionId)
    {
        var expected = possible.Select(WithSession).ToList();
        var found = expected.FirstOrDefault(model => model.Zxid == sessionId && model.Text() == text);
        Assert.True(found is not null, $"found zxid "
            + $"{sessionId}:\n{text}possible:\n{string.Join("or\n", expected.Select(model => $"zxid {model.Zxid}:\n{model.Text()}"))}");
        (line, answered) = ([found], 0);
    }

    private static ZnodeModel Restarted(ZnodeModel model)
    {
        var after = model.Copy();
        after.Restart();
        return after;
    }

    private static ZnodeModel WithSession(ZnodeModel model)
    {
        var after = model.Copy();
        after.OpenSession();
        return after;
    }
}
