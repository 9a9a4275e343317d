namespace KafkaCompatBroker.Broker.Network;

/// <summary>A method of an object that lives on a loop, to be called from elsewhere any number of times without allocating.</summary>
internal sealed class LoopCall(ILoop loop, Action method) : ILoopWork
{
    /// <summary>Has the method run on its loop, soon or at once.</summary>
    public void Invoke() => loop.RunOrPost(this);

    /// <summary>Has the method run on its loop soon, never inside this call.</summary>
    public void Post() => loop.Post(this);

    void ILoopWork.Run() => method();
}
