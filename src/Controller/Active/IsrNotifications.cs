using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Leaders that have written another ISR into ZooKeeper themselves, as brokers do below inter.broker.protocol.version 2.7: the
/// IsrChangeNotification event. What the notifications name is read and told to all brokers. Part of <see cref="ActiveController"/>; runs
/// inside its events, on the coordination loop.
/// </summary>
internal sealed class IsrNotifications(
    ControllerContext context, ControllerStore store, PartitionStateZnodes states, RequestBatch batch, Reassignments reassignments)
{
    public async Task OnIsrChanges()
    {
        var (named, notifications) = await store.WatchIsrChanges();
        try
        {
            var changed = await states.Read([.. named.Where(partition => context.AssignmentOf(partition) is not null)]);
            if (changed.Count == 0)
                return;
            foreach (var (partition, leadership) in changed)
                context.SetLeadership(partition, leadership);
            batch.AddUpdateMetadata(context.Brokers.Ids, changed.Keys);
            batch.Send();
            foreach (var partition in changed.Keys)
                await reassignments.OnIsrChanged(partition);
        }
        finally
        {
            await store.DeleteIsrChanges(notifications);
        }
    }
}
