using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Brokers that notify of a failed log dir: the LogDirEventNotification event. A notification names the broker alone, so the broker is sent
/// LeaderAndIsr for all its replicas, and its answer says which of them are lost (<see cref="LeaderAndIsrAnswers"/>). KIP-112. Part of
/// <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class LogDirFailures(ControllerContext context, ControllerStore store, ReplicaStateMachine replicas)
{
    public async Task OnLogDirEvents()
    {
        foreach (var broker in await store.TakeLogDirEvents())
        {
            if (context.Brokers.IsRegistered(broker))
                replicas.ToOnline(context.ReplicasOn(broker).Where(replica => context.StateOf(replica) == ReplicaState.Online));
        }
    }
}
